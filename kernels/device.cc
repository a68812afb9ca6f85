#include "kernels/device.h"

#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <thread>

#include "kernels/blas_cuda.h"
#include "kernels/device_cuda.h"

namespace syncline::kernels {
namespace {

constexpr struct {
  Backend backend;
  std::string_view name;
} kNames[] = {{Backend::reference, "reference"}, {Backend::cpu, "cpu"}, {Backend::cuda, "cuda"}};

constexpr std::align_val_t kAlignment{64};

}  // namespace

std::string_view name_of(Backend backend) {
  for (const auto& row : kNames) {
    if (row.backend == backend) return row.name;
  }
  return "?";
}

std::string_view name_of(Math math) { return math == Math::fp32 ? "fp32" : math == Math::tf32 ? "tf32" : "bf16"; }

Backend parse_backend(std::string_view name) {
  std::string known;
  for (const auto& row : kNames) {
    if (row.name == name) return row.backend;
    known += (known.empty() ? "" : ", ") + std::string(row.name);
  }
  throw KernelError("unknown backend '" + std::string(name) + "'; known: " + known);
}

std::vector<Backend> available_backends() {
  std::vector<Backend> backends = {Backend::reference, Backend::cpu};
  if (cuda::device_problem().empty()) backends.push_back(Backend::cuda);
  return backends;
}

Backend fastest_backend() {
  return cuda::device_problem().empty() && cuda::device_name() != "emulated" ? Backend::cuda : Backend::cpu;
}

/// The threads of a device: the caller's and, where there are to be more, TBB's. Those wait asleep, so that devices can share
/// the cores with one another and with other programs.
class detail::Threads {
 public:
  /// TBB has no more threads than there are cores, and complains where it is asked for more.
  explicit Threads(int count) : arena_(std::min(count, tbb::this_task_arena::max_concurrency())) {}
  tbb::task_arena& arena() { return arena_; }

 private:
  tbb::task_arena arena_;
};

Device::Device(Backend backend, int threads)
    : backend_(backend), threads_(threads), pool_(std::make_shared<detail::Threads>(threads)) {
  if (backend != Backend::cuda) return;
  stream_ = cuda::open_stream();
  blas_ = cuda::open_blas(stream_);
}

std::string Device::description() const {
  return std::string(name_of(backend_)) + (backend_ == Backend::cuda ? ": " + cuda::device_name() : "");
}

std::string Device::details() const {
  if (backend_ == Backend::cuda) return cuda::device_details();
  return std::to_string(threads_) + (threads_ == 1 ? " thread" : " threads");
}

Device Device::open(Backend backend, int threads) {
  if (const std::string problem = backend == Backend::cuda ? cuda::device_problem() : ""; !problem.empty()) {
    throw KernelError("no CUDA device can be used here: " + problem);
  }
  if (threads < 0) throw KernelError("a negative number of threads");
  const unsigned cores = std::thread::hardware_concurrency();
  return {backend, threads > 0 ? threads : static_cast<int>(cores > 0 ? cores : 1)};
}

void Device::wait() const {
  if (backend_ == Backend::cuda) cuda::wait(*this);
}

Device Device::with_math(Math math) const {
  if (backend_ == Backend::cuda && math != Math::fp32 && !cuda::rounds_factors()) {
    throw KernelError(cuda::device_name() + " has no tensor cores for TF32 and bf16");
  }
  Device device = *this;
  device.math_ = math;
  return device;
}

namespace detail {

std::shared_ptr<void> allocate(const Device& device, std::size_t bytes) {
  if (device.backend() == Backend::cuda) return cuda::allocate(device, bytes);
  void* const memory = ::operator new(bytes, kAlignment, std::nothrow);
  if (memory == nullptr) throw OutOfMemory("the memory has not the room for " + std::to_string(bytes) + " bytes more");
  std::memset(memory, 0, bytes);
  return {memory, [](void* data) { ::operator delete(data, kAlignment); }};
}

void copy_in(const Device& device, void* to, const void* from, std::size_t bytes) {
  if (device.backend() == Backend::cuda) return cuda::copy_in(device, to, from, bytes);
  if (bytes > 0) std::memcpy(to, from, bytes);
}

void copy_out(const Device& device, void* to, const void* from, std::size_t bytes) {
  if (device.backend() == Backend::cuda) return cuda::copy_out(device, to, from, bytes);
  if (bytes > 0) std::memcpy(to, from, bytes);
}

void run_parallel(const Device& device, std::int64_t n, const void* body, void (*call)(const void* body, std::int64_t i)) {
  if (device.backend() == Backend::reference || device.threads() == 1 || n <= 1) {
    for (std::int64_t i = 0; i < n; ++i) call(body, i);
    return;
  }
  device.pool().arena().execute([&] {
    tbb::parallel_for(tbb::blocked_range<std::int64_t>(0, n), [&](const tbb::blocked_range<std::int64_t>& part) {
      for (std::int64_t i = part.begin(); i < part.end(); ++i) call(body, i);
    });
  });
}

}  // namespace detail

}  // namespace syncline::kernels
