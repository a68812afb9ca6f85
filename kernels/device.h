// Where kernels run, and the memory they run on. The contract of every operation is written in these words.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace syncline::kernels {

enum class Backend {
  reference,  // obvious loops on one thread: the oracle of the others
  cpu,        // vectors and threads
  cuda,
};

/// A kernel or device that cannot do what was asked: one line.
class KernelError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};
/// The device's memory has not the room: less may fit.
class OutOfMemory : public KernelError {
 public:
  using KernelError::KernelError;
};

std::string_view name_of(Backend backend);
/// KernelError naming the backends where `name` is none of them.
Backend parse_backend(std::string_view name);
/// Those that work here and now.
std::vector<Backend> available_backends();
/// cuda where a GPU works, else cpu. An emulated one is there for tests: whoever wants it asks for it by name.
Backend fastest_backend();

/// How matrix products and convolutions multiply on a GPU: in float, or with factors rounded to 10 or 7 bits of mantissa, which its
/// tensor cores take. Products are added in float, and arrays are float, whatever the factors.
enum class Math { fp32, tf32, bf16 };
std::string_view name_of(Math math);

namespace detail {
class Threads;
}  // namespace detail
namespace cuda {
class Blas;
}  // namespace cuda

/// A backend and the threads it may use, or the GPU and its queue. Cheap to copy; copies share threads and queue.
class Device {
 public:
  /// threads: 0 for all cores. KernelError where the backend does not work here.
  static Device open(Backend backend, int threads = 0);
  Backend backend() const { return backend_; }
  int threads() const { return threads_; }
  /// "reference", "cpu", "cuda: NVIDIA H200", "cuda: emulated".
  std::string description() const;
  /// What else there is to know where times are told: "16 threads"; "driver for CUDA 13.0, 1980 MHz at most, 139 GiB".
  std::string details() const;
  detail::Threads& pool() const { return *pool_; }
  /// On cuda, the stream of all that it is asked to do, in that order; a buffer goes with the device that it was made on.
  void* stream() const { return stream_.get(); }
  /// Returns when all that it was asked has been done.
  void wait() const;
  /// On cuda, the library of matrix products, on that stream.
  cuda::Blas& blas() const { return *blas_; }
  Math math() const { return math_; }
  /// The same device, which multiplies so. Other backends than cuda pay no heed; KernelError where the GPU has no such tensor
  /// cores: before Ampere.
  Device with_math(Math math) const;

 private:
  Device(Backend backend, int threads);
  Backend backend_;
  int threads_;
  std::shared_ptr<detail::Threads> pool_;
  std::shared_ptr<void> stream_;
  std::shared_ptr<cuda::Blas> blas_;
  Math math_ = Math::fp32;
};

/// Replica r's data begin at data + r * stride; with stride 0 all replicas share one copy.
template <class T>
struct Strided {
  T* data = nullptr;
  std::int64_t stride = 0;
  constexpr T* of(std::int64_t replica) const { return data + replica * stride; }
};

/// `count` replicas of a layer, each with a batch of its own.
struct Replicas {
  int count = 1;
  int batch = 1;
};

namespace detail {
/// Zeroed, on a 64-byte boundary, in the device's memory. OutOfMemory where that has not the room.
std::shared_ptr<void> allocate(const Device& device, std::size_t bytes);
void copy_in(const Device& device, void* to, const void* from, std::size_t bytes);
void copy_out(const Device& device, void* to, const void* from, std::size_t bytes);
}  // namespace detail

/// An array in a device's memory; zero-filled at first. OutOfMemory where that has not the room.
template <class T>
class Buffer {
 public:
  Buffer(const Device& device, std::size_t size)
      : device_(device), size_(size), memory_(detail::allocate(device, size * sizeof(T))) {}
  Buffer(Buffer&&) noexcept = default;
  Buffer& operator=(Buffer&&) noexcept = default;

  T* data() { return static_cast<T*>(memory_.get()); }
  const T* data() const { return static_cast<const T*>(memory_.get()); }
  std::size_t size() const { return size_; }

  /// Fills the first host.size() elements. KernelError where that is more than there are.
  void upload(std::span<const T> host) {
    if (host.size() > size_) throw KernelError("upload of more than a buffer holds");
    detail::copy_in(device_, data(), host.data(), host.size_bytes());
  }
  std::vector<T> download() const {
    std::vector<T> host(size_);
    detail::copy_out(device_, host.data(), data(), size_ * sizeof(T));
    return host;
  }
  void fill(T value) { upload(std::vector<T>(size_, value)); }

 private:
  Device device_;
  std::size_t size_;
  std::shared_ptr<void> memory_;
};

namespace detail {
void run_parallel(const Device& device, std::int64_t n, const void* body, void (*call)(const void* body, std::int64_t i));
}  // namespace detail

/// body(i) for i in [0, n), spread over the device's threads (one, for the reference). Which thread takes which i is not said,
/// so a body writes only what is its own, and keeps the order of its sums to itself.
template <class Body>
void parallel_for(const Device& device, std::int64_t n, const Body& body) {
  detail::run_parallel(device, n, &body, [](const void* b, std::int64_t i) { (*static_cast<const Body*>(b))(i); });
}

}  // namespace syncline::kernels
