// Makes small IDX files, good ones and bad ones.
#pragma once

#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/error.h"
#include "tests/temporary_folder.h"

namespace syncline::models {

using FileBytes = std::vector<std::uint8_t>;

inline FileBytes joined(FileBytes a, const FileBytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// Magic number and extents.
inline FileBytes idx_header(const std::vector<std::uint32_t>& shape) {
  FileBytes bytes{0, 0, 8, static_cast<std::uint8_t>(shape.size())};
  for (const std::uint32_t extent : shape) {
    for (const int shift : {24, 16, 8, 0}) bytes.push_back(static_cast<std::uint8_t>(extent >> shift));
  }
  return bytes;
}

/// 0, 1, 2, ... in steps of one modulo `modulus`.
inline FileBytes counted(std::size_t n, int modulus = 256) {
  FileBytes bytes;
  for (std::size_t i = 0; i < n; ++i) bytes.push_back(static_cast<std::uint8_t>(i % static_cast<std::size_t>(modulus)));
  return bytes;
}

inline FileBytes gzipped(const FileBytes& content) {
  z_stream stream{};
  deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  FileBytes out(deflateBound(&stream, static_cast<uLong>(content.size())));
  stream.next_in = const_cast<Bytef*>(content.data());
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = out.data();
  stream.avail_out = static_cast<uInt>(out.size());
  const int status = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (status != Z_STREAM_END) throw std::runtime_error("deflate did not end");
  return out;
}

/// Runs `action`, which must throw a UserError about `file` whose one line contains `part`.
template <class Action>
void expect_file_error(const std::string& file, const std::string& part, const Action& action) {
  try {
    action();
    ADD_FAILURE() << file << ": no error, wanted: " << part;
  } catch (const UserError& error) {
    const std::string line = error.what();
    EXPECT_EQ(error.location().file, file) << line;
    EXPECT_NE(line.find(part), std::string::npos) << line << "\nwanted: " << part;
    EXPECT_EQ(line.find('\n'), std::string::npos) << line;
  }
}

}  // namespace syncline::models
