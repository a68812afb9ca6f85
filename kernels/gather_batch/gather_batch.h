// A batch for each replica, gathered out of a data set into the layout of layers.
#pragma once

#include "kernels/device.h"

namespace syncline::kernels {

/// A data set in the device's memory.
struct Samples {
  const float* images = nullptr;         // [sample][feature]
  const std::uint8_t* labels = nullptr;  // [sample]
  std::int64_t features = 0;
};

/// x [replica][feature][sample] and labels [replica][sample] of those that `indices` [replica][sample] names; all on the device.
/// An index may stand twice. Costs on a GPU: the images once in, x once out.
void gather_batch(const Device& device, const Samples& samples, Replicas replicas, const std::int32_t* indices, Strided<float> x,
                  std::uint8_t* labels);

namespace reference {
decltype(kernels::gather_batch) gather_batch;
}  // namespace reference

namespace cpu {
decltype(kernels::gather_batch) gather_batch;
}  // namespace cpu

namespace cuda {
decltype(kernels::gather_batch) gather_batch;
}  // namespace cuda

}  // namespace syncline::kernels
