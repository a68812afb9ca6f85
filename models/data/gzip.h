#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace syncline::models {

/// The whole content of a file, decompressed if it begins like gzip (RFC 1952; several members may follow one another).
/// UserError naming the file where it is missing or unreadable, or its gzip data truncated, corrupt, or followed by anything
/// else.
std::vector<std::uint8_t> read_maybe_gzip(const std::string& path);

}  // namespace syncline::models
