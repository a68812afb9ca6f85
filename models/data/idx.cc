#include "models/data/idx.h"

#include <cstdio>
#include <limits>
#include <span>

#include "models/data/file_error.h"
#include "models/data/gzip.h"

namespace syncline::models {
namespace {

std::uint32_t big_endian(std::span<const std::uint8_t> bytes) {
  return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 | std::uint32_t{bytes[3]};
}

std::string hex(std::uint32_t value) {
  char text[11];
  std::snprintf(text, sizeof text, "0x%08x", value);
  return text;
}

}  // namespace

IdxBytes read_idx(const std::string& path, int dimensions) {
  const std::vector<std::uint8_t> content = read_maybe_gzip(path);
  const std::span<const std::uint8_t> bytes(content);
  if (bytes.size() < 4) fail(path, "too short for an IDX file: " + std::to_string(bytes.size()) + " bytes");
  const std::uint32_t expected = 0x0800u + static_cast<std::uint32_t>(dimensions);  // unsigned bytes, so many dimensions
  const std::uint32_t magic = big_endian(bytes);
  if (magic != expected) {
    fail(path, "not an IDX file of bytes with " + std::to_string(dimensions) + " dimensions: it begins with " + hex(magic) +
                   ", not " + hex(expected));
  }
  const std::size_t header = 4 + 4 * static_cast<std::size_t>(dimensions);
  if (bytes.size() < header) fail(path, "the IDX header is cut short");

  IdxBytes idx;
  std::uint64_t elements = 1;
  for (std::size_t offset = 4; offset < header; offset += 4) {
    const std::uint32_t extent = big_endian(bytes.subspan(offset));
    if (extent == 0) fail(path, "an IDX dimension is 0");
    if (elements > std::numeric_limits<std::uint64_t>::max() / extent) fail(path, "the IDX dimensions are too large");
    idx.shape.push_back(extent);
    elements *= extent;
  }
  const std::uint64_t present = bytes.size() - header;
  if (present != elements) {
    fail(path, "the IDX header promises " + std::to_string(elements) + " elements, the file has " + std::to_string(present));
  }
  idx.elements.assign(content.begin() + static_cast<std::ptrdiff_t>(header), content.end());
  return idx;
}

}  // namespace syncline::models
