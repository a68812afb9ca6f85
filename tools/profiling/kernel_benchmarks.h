// The kernels that are not layers, as `syncline profile` measures them: one row each.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "kernels/cost.h"
#include "kernels/device.h"

namespace syncline::tools {

/// How much each kernel works on.
struct KernelSize {
  std::int64_t elements = 0;
  int ranks = 1;  // whose messages are added up; what encodes a message makes one
};

struct KernelBenchmark {
  std::string name;
  bool charged = true;  // training programs charge it, by this name
  kernels::KernelCost (*cost)(const KernelSize& size) = nullptr;
  /// The kernel on arrays of its own, filled with normal numbers, to be called again and again.
  std::function<void()> (*prepare)(const kernels::Device& device, const KernelSize& size) = nullptr;
};

std::span<const KernelBenchmark> kernel_benchmarks();

/// An array that a benchmark's function keeps.
template <class T>
std::shared_ptr<kernels::Buffer<T>> kept(const kernels::Device& device, std::int64_t elements) {
  return std::make_shared<kernels::Buffer<T>>(device, static_cast<std::size_t>(elements));
}
/// With normal numbers: a few of them, again and again.
std::shared_ptr<kernels::Buffer<float>> normal_numbers(const kernels::Device& device, std::int64_t elements);

}  // namespace syncline::tools
