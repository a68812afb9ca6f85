// Numbers as a person reads them.
#pragma once

#include <string>

namespace syncline::tools {

std::string seconds_text(double seconds);   // "1.23 ms"
std::string bytes_text(double bytes);       // "241 kB"
std::string percent_text(double fraction);  // "88.0 %"
std::string factor_text(double factor);     // "3.40", "12"
std::string today();                        // "2026-11-29"

}  // namespace syncline::tools
