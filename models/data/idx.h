// The IDX format of the MNIST family (yann.lecun.com/exdb/mnist, "File formats"): a big-endian header - two zero bytes, a type
// code (8: unsigned byte), the number of dimensions, then each extent as a 32-bit integer - and the elements, last index
// fastest. The file may be gzip-compressed; which one is told from its first bytes, not from its name.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace syncline::models {

struct IdxBytes {
  std::vector<std::int64_t> shape;
  std::vector<std::uint8_t> elements;
};

/// Reads a whole file of unsigned bytes with `dimensions` dimensions. Every defect is a UserError that names the file: missing
/// or unreadable, gzip truncated or corrupt, another magic number or extent, elements missing or bytes left over.
IdxBytes read_idx(const std::string& path, int dimensions);

}  // namespace syncline::models
