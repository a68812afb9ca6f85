#include "tools/quantities.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <cmath>

#include "sim/units_text.h"

namespace syncline::tools {

std::string seconds_text(double seconds) { return seconds == 0 ? "0" : to_text(Time::from_seconds(seconds)); }

std::string bytes_text(double bytes) { return to_text(Bytes(std::llround(bytes))); }

std::string percent_text(double fraction) { return fmt::format("{:.1f} %", 100 * fraction); }

std::string factor_text(double factor) { return fmt::format("{:.{}f}", factor, factor < 10 ? 2 : 0); }

std::string today() {
  return fmt::format("{:%Y-%m-%d}", fmt::gmtime(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now())));
}

}  // namespace syncline::tools
