#include "models/device_profile.h"

#include <algorithm>
#include <cmath>

#include "sim/error.h"

namespace syncline::models {

double DeviceProfile::memory_efficiency_of(std::string_view kernel) const {
  const auto measured = kernel_efficiency.find(kernel);
  return measured == kernel_efficiency.end() ? memory_efficiency : measured->second;
}

Time duration(const DeviceProfile& device, kernels::KernelCost work, double speed) { return duration(device, "", work, speed); }

Time duration(const DeviceProfile& device, std::string_view kernel, kernels::KernelCost work, double speed) {
  const double compute = work.flops / (device.compute_efficiency * device.flops_per_second);
  const double memory = work.bytes / (device.memory_efficiency_of(kernel) * device.memory.in_bytes_per_second());
  return Time::from_seconds((work.launches * device.launch.seconds() + std::max(compute, memory)) / speed);
}

void check(const DeviceProfile& device) {
  const auto positive = [&](double value, const char* what) {
    if (!(value > 0 && std::isfinite(value))) throw UserError(device.name + ": the " + what + " must be positive and finite");
  };
  positive(device.flops_per_second, "rate of floating-point operations");
  positive(device.memory.in_bytes_per_second(), "memory bandwidth");
  for (const double efficiency : {device.compute_efficiency, device.memory_efficiency}) {
    if (!(efficiency > 0 && efficiency <= 1)) throw UserError(device.name + ": an efficiency must be above 0 and at most 1");
  }
  if (device.launch < Time::zero()) throw UserError(device.name + ": the launch time must not be negative");
}

}  // namespace syncline::models
