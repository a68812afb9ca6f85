// Standard output, where a write that fails is an error.
#pragma once

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace syncline::tools {

/// UserError where standard output cannot be written: it is full, closed, ...
void write_out(std::string_view text);
/// Likewise, for what was written before and is not yet out.
void flush_out();

/// As fmt::print.
template <class... Arguments>
void print_out(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  write_out(fmt::format(format, std::forward<Arguments>(arguments)...));
}

}  // namespace syncline::tools
