// What a worker's processor can do, and how long a piece of work takes on it.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "kernels/cost.h"
#include "sim/units.h"

namespace syncline::models {

struct DeviceProfile {
  std::string name;
  std::string title;
  std::string source;
  double flops_per_second = 0;      // peak, of products whose factors are rounded to `precision`
  std::string precision = "fp32";   // or tf32, bf16
  Bandwidth memory;                 // peak
  double compute_efficiency = 1.0;  // reached share of the peak, in (0, 1]
  double memory_efficiency = 1.0;   // likewise
  Time launch;                      // per kernel
  /// [kernel that training programs call by this name] in place of memory_efficiency: as it was measured, also where not memory but
  /// arithmetic limits it. Above 1: what it reads and writes is less than its cost says.
  std::map<std::string, double, std::less<>> kernel_efficiency = {};

  double memory_efficiency_of(std::string_view kernel) const;
};

/// launches * launch + max(flops / (compute_efficiency * peak), bytes / (memory_efficiency * memory)), all divided by `speed`
/// (1: the profile's own; 0.5: a worker at half speed): the roofline of Williams, Waterman, Patterson 2009, and a launch cost.
/// Rounded up to a whole picosecond.
Time duration(const DeviceProfile& device, kernels::KernelCost work, double speed = 1.0);
/// The same of a kernel that may have been measured.
Time duration(const DeviceProfile& device, std::string_view kernel, kernels::KernelCost work, double speed = 1.0);

/// UserError where a rate is not positive and finite or an efficiency is outside (0, 1].
void check(const DeviceProfile& device);

}  // namespace syncline::models
