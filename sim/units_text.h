// Units as people write them. At the edge only: inside, quantities are typed numbers.
#pragma once

#include <string>
#include <string_view>

#include "sim/units.h"

namespace syncline {

// Each takes a number, a space or none, and a unit. UserError naming the accepted units where the text is anything else,
// where the number is not finite, or negative.
Bandwidth parse_bandwidth(std::string_view text);  // "10 Gbit/s", "12.5 GB/s"
Bytes parse_bytes(std::string_view text);          // "25 MiB", "100 MB", "4 kB"
Time parse_time(std::string_view text);            // "3 us", "1.5 ms"
double parse_rate(std::string_view text);          // "15.7 TFLOP/s", in operations per second

// Three significant digits and the unit that leaves 1 to 999 before the point: "1.23 ms", "241 kB", "1.25 GB/s".
std::string to_text(Time time);
std::string to_text(Bytes bytes);
std::string to_text(Bandwidth bandwidth);

/// The shortest text that reads back as `value`: "0.1", "1000000", "0.0001", "1e-09".
std::string number_text(double value);

}  // namespace syncline
