// What a well-made GPU kernel of an operation would cost: its arithmetic, what it must move to and from device memory, and
// its launches. A simulated GPU's time is computed from this, whatever backend really ran. The headers of compressors and of SGD
// give theirs as constexpr functions, so that cost and contract stand side by side; a layer's is counted in models/dnn.
#pragma once

#include <cstdint>

namespace syncline::kernels {

struct KernelCost {
  double flops = 0;  // arithmetic operations, integer ones included
  double bytes = 0;  // read and written in device memory; what stays in registers or on the chip isn't counted
  int launches = 0;
};

/// Reckoned in whole numbers, exactly.
constexpr KernelCost kernel_cost(std::int64_t flops, std::int64_t bytes, int launches) {
  return {static_cast<double>(flops), static_cast<double>(bytes), launches};
}

constexpr KernelCost operator+(KernelCost a, KernelCost b) {
  return {a.flops + b.flops, a.bytes + b.bytes, a.launches + b.launches};
}

}  // namespace syncline::kernels
