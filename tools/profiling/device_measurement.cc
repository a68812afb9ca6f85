#include "tools/profiling/device_measurement.h"

#include <algorithm>

#include "kernels/dense/dense.h"
#include "kernels/sgd/sgd.h"
#include "kernels/stopwatch.h"
#include "tools/profiling/kernel_benchmarks.h"

namespace syncline::tools {
namespace {

using kernels::Device;
using kernels::Stopwatch;

constexpr double kLeastEfficiency = 1e-6, kMostEfficiency = 100;  // that a profile may have
constexpr int kWide = 4096, kNarrow = 768;                        // of the matrix product: on a GPU, on processors

double copied_per_second(const Device& device, const Stopwatch& stopwatch, std::int64_t elements) {
  const auto from = normal_numbers(device, elements), to = kept<float>(device, elements);
  const std::size_t bytes = from->size() * sizeof(float);
  return 2 * static_cast<double>(bytes) / stopwatch.median([&] { kernels::copy(device, to->data(), from->data(), bytes); });
}

double products_per_second(const Device& device, const Stopwatch& stopwatch) {
  const int n = device.backend() == kernels::Backend::cuda ? kWide : kNarrow;
  const std::int64_t size = std::int64_t{n} * n;
  const auto x = normal_numbers(device, size), w = normal_numbers(device, size), y = kept<float>(device, size);
  const double seconds = stopwatch.median([&] {
    kernels::dense_forward(device, {n, n}, {1, n}, {x->data(), 0}, {w->data(), 0}, {nullptr, 0}, {y->data(), 0});
  });
  return 2.0 * n * static_cast<double>(size) / seconds;
}

double launch_seconds(const Device& device, const Stopwatch& stopwatch) {
  const auto g = normal_numbers(device, 1), w = kept<float>(device, 1);
  return stopwatch.median([&] { kernels::sgd_update(device, 1, 1, {0.1F, 0, 0}, {g->data(), 0}, {nullptr, 0}, {w->data(), 0}); });
}

/// Bytes over what the launches leave of the time, as a part of what a copy moves.
double memory_efficiency(const MeasuredKernel& kernel, const DeviceMeasurement& measured) {
  const double working = std::max(kernel.seconds - kernel.cost.launches * measured.launch, 0.01 * kernel.seconds);
  return std::clamp(kernel.cost.bytes / working / measured.copied_per_second, kLeastEfficiency, kMostEfficiency);
}

}  // namespace

DeviceMeasurement measure_device(const ProfileRequest& request) {
  const Device device = Device::open(request.backend, request.threads).with_math(request.precision);
  const Stopwatch stopwatch(device, request.seconds);
  DeviceMeasurement measured;
  measured.device = device.description();
  measured.details = device.details();
  measured.copied_per_second = copied_per_second(device, stopwatch, request.elements);
  measured.products_per_second = products_per_second(device, stopwatch);
  measured.launch = launch_seconds(device, stopwatch);
  const KernelSize size{request.elements, request.ranks};
  for (const KernelBenchmark& row : kernel_benchmarks()) {
    measured.kernels.push_back({row.name, row.cost(size), stopwatch.median(row.prepare(device, size)), row.charged});
  }
  if (request.dnn) measured.layers = measure_layers(device, stopwatch, *request.dnn, request.batch);
  return measured;
}

models::DeviceProfile device_profile(const DeviceMeasurement& measured) {
  models::DeviceProfile profile;
  profile.title = measured.device + ", measured";
  profile.source = "measured: " + measured.details + "; flops: a large matrix product; memory: a copy; launch: the least kernel";
  profile.flops_per_second = measured.products_per_second;
  profile.memory = Bandwidth::bytes_per_second(measured.copied_per_second);
  profile.launch = Time::from_seconds(measured.launch);
  for (const MeasuredKernel& kernel : measured.kernels) {
    if (kernel.charged) profile.kernel_efficiency[kernel.name] = memory_efficiency(kernel, measured);
  }
  return profile;
}

models::LayerProfile layer_profile(const ProfileRequest& request, const DeviceMeasurement& measured) {
  const models::DeviceProfile device = device_profile(measured);
  models::LayerProfile profile;
  profile.title = request.dnn->title + " on " + measured.device;
  profile.model = request.dnn->name;
  profile.device = measured.device;
  profile.batch = request.batch;
  bool trained_before = false;  // nobody asks for a gradient before the first parameters
  for (std::size_t i = 0; i < measured.layers.size(); ++i) {
    const models::Layer& layer = request.dnn->layers[i];
    trained_before = trained_before || !layer.parameters.empty();
    models::MeasuredLayer row;
    row.name = layer.name;
    const auto& times = measured.layers[i];
    row.forward = times ? Time::from_seconds(times->forward) : duration(device, models::forward_work(layer, request.batch));
    row.backward = times ? Time::from_seconds(times->backward) : duration(device, models::backward_work(layer, request.batch));
    if (!trained_before) row.backward = Time::zero();
    profile.layers.push_back(row);
  }
  return profile;
}

}  // namespace syncline::tools
