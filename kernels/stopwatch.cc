#include "kernels/stopwatch.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <vector>

#include "kernels/stopwatch_cuda.h"

namespace syncline::kernels {
namespace {

constexpr std::size_t kCacheBytes = std::size_t{128} << 20;  // more than any level 2 or 3 cache in use: an H200 has 50 MB
constexpr int kWarmUps = 2, kLeastRuns = 5, kMostRuns = 101;
constexpr std::int64_t kCopiedAtOnce = std::int64_t{1} << 20;  // bytes, by one thread

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

}  // namespace

void copy(const Device& device, void* to, const void* from, std::size_t bytes) {
  if (device.backend() == Backend::cuda) return cuda::copy_within(device, to, from, bytes);
  const auto size = static_cast<std::int64_t>(bytes);
  parallel_for(device, (size + kCopiedAtOnce - 1) / kCopiedAtOnce, [&](std::int64_t part) {
    const std::int64_t begin = part * kCopiedAtOnce;
    std::memcpy(static_cast<char*>(to) + begin, static_cast<const char*>(from) + begin,
                static_cast<std::size_t>(std::min(kCopiedAtOnce, size - begin)));
  });
}

Stopwatch::Stopwatch(const Device& device, double seconds)
    : device_(device), seconds_(seconds), cache_(detail::allocate(device, kCacheBytes)) {}

double Stopwatch::once(const std::function<void()>& work) const {
  if (device_.backend() == Backend::cuda) return cuda::seconds_of(device_, work, cache_.get(), kCacheBytes);
  std::memset(cache_.get(), 0, kCacheBytes);
  const double begin = now();
  work();
  return now() - begin;
}

double Stopwatch::median(const std::function<void()>& work) const {
  for (int i = 0; i < kWarmUps; ++i) once(work);
  std::vector<double> times;
  const double begin = now();
  while (std::ssize(times) < kLeastRuns || (std::ssize(times) < kMostRuns && now() - begin < seconds_)) {
    times.push_back(once(work));
  }
  const auto middle = times.begin() + std::ssize(times) / 2;
  std::nth_element(times.begin(), middle, times.end());
  return *middle;
}

}  // namespace syncline::kernels
