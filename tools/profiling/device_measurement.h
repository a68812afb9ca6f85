// What `syncline profile` finds out about a device: its limits, its kernels, and the layers of a network.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kernels/cost.h"
#include "kernels/device.h"
#include "models/compute_times.h"
#include "models/device_profile.h"
#include "models/dnn/dnn.h"
#include "tools/profiling/layer_benchmarks.h"

namespace syncline::tools {

struct ProfileRequest {
  kernels::Backend backend = kernels::Backend::cpu;
  int threads = 0;
  kernels::Math precision = kernels::Math::fp32;
  std::int64_t elements = 0;  // that each kernel works on
  int ranks = 8;              // whose messages are added up
  double seconds = 0.3;       // for each measurement
  std::optional<models::Dnn> dnn;
  int batch = 1;
};

struct MeasuredKernel {
  std::string name;
  kernels::KernelCost cost;
  double seconds = 0;
  bool charged = true;  // as KernelBenchmark's
  double bytes_per_second() const { return cost.bytes / seconds; }
};

struct DeviceMeasurement {
  std::string device;              // "cuda: NVIDIA H200"
  std::string details;             // "driver for CUDA 13.0, 1980 MHz at most, 139 GiB"
  double copied_per_second = 0;    // bytes read and written by a copy within the device's memory
  double products_per_second = 0;  // FLOPs of a large matrix product
  double launch = 0;               // seconds of the least kernel
  std::vector<MeasuredKernel> kernels;
  std::vector<std::optional<LayerTimes>> layers;  // [layer of the network]; nothing where there are no kernels for it
};

DeviceMeasurement measure_device(const ProfileRequest& request);

/// As a simulator's device: limits as measured, and each kernel by its own efficiency.
models::DeviceProfile device_profile(const DeviceMeasurement& measured);
/// As the times of the network's layers; those without kernels by the roofline of what was measured.
models::LayerProfile layer_profile(const ProfileRequest& request, const DeviceMeasurement& measured);

}  // namespace syncline::tools
