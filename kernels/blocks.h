// How work on rows of fixed-size blocks is shared among threads.
#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "kernels/device.h"

namespace syncline::kernels {

constexpr std::int64_t blocks_of(std::int64_t n, std::int64_t block) { return (n + block - 1) / block; }

/// body(begin, size) for each block of the elements [0, n), shared out to the threads.
template <class Body>
void for_each_block(const Device& device, std::int64_t n, std::int64_t block, const Body& body) {
  parallel_for(device, blocks_of(n, block), [&](std::int64_t b) { body(b * block, std::min(block, n - b * block)); });
}

/// Runs the passes over every row: a pass called with (row) once, one called with (row, block) for each of its blocks; a row's
/// pass begins when its last has ended. With enough rows a thread takes a row through all passes, so that each finds in cache
/// what the last one left; with few rows, a row's blocks are shared out. Results may not depend on which.
template <class... Pass>
void for_each_row_and_block(const Device& device, int rows, std::int64_t blocks, const Pass&... passes) {
  const auto run = [](int row, const auto& pass, const auto& over_blocks) {
    if constexpr (std::is_invocable_v<decltype(pass), int>) {
      pass(row);
    } else {
      over_blocks([&](std::int64_t block) { pass(row, block); });
    }
  };
  if (rows >= device.threads()) {
    const auto in_order = [&](const auto& body) {
      for (std::int64_t block = 0; block < blocks; ++block) body(block);
    };
    parallel_for(device, rows, [&](std::int64_t row) { (run(static_cast<int>(row), passes, in_order), ...); });
  } else {
    const auto shared_out = [&](const auto& body) { parallel_for(device, blocks, body); };
    for (int row = 0; row < rows; ++row) (run(row, passes, shared_out), ...);
  }
}

}  // namespace syncline::kernels
