// How long a device works on something.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "kernels/device.h"

namespace syncline::kernels {

/// to [bytes] = from, both in the device's memory, which may not overlap: what no kernel that moves as much is faster than.
void copy(const Device& device, void* to, const void* from, std::size_t bytes);

class Stopwatch {
 public:
  /// `seconds`: to spend on each measurement, as long as it has had a few runs.
  explicit Stopwatch(const Device& device, double seconds = 0.3);

  /// The median of some runs of `work`, after others to warm up, in seconds. Before each run the caches are written over. On CUDA
  /// by events on the device's stream, so that what the host takes to ask for the work counts only where the device waits for it.
  double median(const std::function<void()>& work) const;

 private:
  double once(const std::function<void()>& work) const;

  Device device_;
  double seconds_;
  std::shared_ptr<void> cache_;  // as large as what may be cached, and written over
};

}  // namespace syncline::kernels
