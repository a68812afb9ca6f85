// A factor by columns, so that 16 of a column's elements are one load.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/lanes.h"

namespace syncline::kernels::cpu {

/// A factor [size][rank] by columns, each padded with zeros to whole lanes.
class Columns {
 public:
  Columns(const float* factor, std::int64_t size, int rank)
      : padded_((size + kLanes - 1) / kLanes * kLanes), data_(static_cast<std::size_t>(padded_ * rank)) {
    for (std::int64_t i = 0; i < size; ++i) {
      for (int k = 0; k < rank; ++k) column(k)[i] = factor[i * rank + k];
    }
  }
  void copy_to(float* factor, std::int64_t size, int rank) const {
    for (std::int64_t i = 0; i < size; ++i) {
      for (int k = 0; k < rank; ++k) factor[i * rank + k] = column(k)[i];
    }
  }
  float* column(int k) { return data_.data() + k * padded_; }
  const float* column(int k) const { return data_.data() + k * padded_; }
  std::int64_t padded() const { return padded_; }

 private:
  std::int64_t padded_;
  std::vector<float> data_;
};

}  // namespace syncline::kernels::cpu
