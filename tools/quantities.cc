#include "tools/quantities.h"

#include <fmt/format.h>

#include <cmath>

#include "sim/units_text.h"

namespace syncline::tools {

std::string seconds_text(double seconds) { return seconds == 0 ? "0" : to_text(Time::from_seconds(seconds)); }

std::string bytes_text(double bytes) { return to_text(Bytes(std::llround(bytes))); }

std::string percent_text(double fraction) { return fmt::format("{:.1f} %", 100 * fraction); }

std::string factor_text(double factor) { return fmt::format("{:.{}f}", factor, factor < 10 ? 2 : 0); }

}  // namespace syncline::tools
