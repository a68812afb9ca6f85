#include "kernels/device_cuda.h"

#include "kernels/cuda_call.cuh"

namespace syncline::kernels::cuda {
namespace {

cudaMemPool_t memory_pool() {
  int device = 0;
  cudaMemPool_t pool = nullptr;
  check(cudaGetDevice(&device), "choice of a device");
  check(cudaDeviceGetDefaultMemPool(&pool, device), "memory pool");
  return pool;
}

#ifdef SYNCLINE_EMULATED_CUDA
cudaError_t try_for_kernels() { return cudaSuccess; }
#else
__global__ void nothing() {}

/// Of a GPU that this program was not compiled for: "no kernel image is available ...".
cudaError_t try_for_kernels() {
  cudaFuncAttributes attributes;
  return cudaFuncGetAttributes(&attributes, nothing);
}
#endif

}  // namespace

std::string device_problem() {
  int devices = 0;
  cudaError_t status = cudaGetDeviceCount(&devices);
  if (status == cudaSuccess && devices == 0) return "there is none";
  if (status == cudaSuccess) status = try_for_kernels();
  if (status == cudaSuccess) return "";
  cudaGetLastError();  // or the next call would be blamed
  return cudaGetErrorString(status);
}

std::string device_name() {
  int device = 0;
  cudaDeviceProp properties;
  check(cudaGetDevice(&device), "choice of a device");
  check(cudaGetDeviceProperties(&properties, device), "properties");
  return properties.name;
}

std::string device_details() {
  int device = 0, driver = 0, kilohertz = 0;
  std::size_t unused = 0, bytes = 0;
  check(cudaGetDevice(&device), "choice of a device");
  check(cudaDriverGetVersion(&driver), "driver");
  check(cudaDeviceGetAttribute(&kilohertz, cudaDevAttrClockRate, device), "clock");
  check(cudaMemGetInfo(&unused, &bytes), "memory");
  return "driver for CUDA " + std::to_string(driver / 1000) + "." + std::to_string(driver % 1000 / 10) + ", " +
         std::to_string(kilohertz / 1000) + " MHz at most, " + std::to_string(bytes >> 30) + " GiB";
}

bool rounds_factors() {
  constexpr int kAmpere = 8;
  int device = 0, major = 0;
  check(cudaGetDevice(&device), "choice of a device");
  check(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device), "capability");
  return major >= kAmpere;
}

std::shared_ptr<void> open_stream() {
  // What is freed stays with the pool for the next one who asks, also after the program has waited for the device.
  std::uint64_t kept = ~std::uint64_t{0};
  check(cudaMemPoolSetAttribute(memory_pool(), cudaMemPoolAttrReleaseThreshold, &kept), "memory pool");
  cudaStream_t stream = nullptr;
  check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "stream");
  return {stream, [](void* open) { cudaStreamDestroy(static_cast<cudaStream_t>(open)); }};
}

void give_back_unused() {
  check(cudaDeviceSynchronize(), "wait");  // what is freed in order may still be waiting to be
  check(cudaMemPoolTrimTo(memory_pool(), 0), "memory pool");
}

std::shared_ptr<void> allocate_scratch(const Device& device, std::size_t bytes) {
  if (bytes == 0) return {};
  void* memory = nullptr;
  check(cudaMallocAsync(&memory, bytes, stream_of(device)), "allocation");
  return {memory, [device](void* data) { cudaFreeAsync(data, stream_of(device)); }};
}

std::shared_ptr<void> allocate(const Device& device, std::size_t bytes) {
  std::shared_ptr<void> memory = allocate_scratch(device, bytes);
  if (bytes > 0) check(cudaMemsetAsync(memory.get(), 0, bytes, stream_of(device)), "zeroing");
  return memory;
}

/// Done with `from` when it returns: CUDA has then copied the host's memory, at least to a buffer of its own.
void copy_in(const Device& device, void* to, const void* from, std::size_t bytes) {
  if (bytes == 0) return;
  check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, stream_of(device)), "copy to the device");
}

void copy_out(const Device& device, void* to, const void* from, std::size_t bytes) {
  if (bytes == 0) return;
  check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToHost, stream_of(device)), "copy from the device");
  check(cudaStreamSynchronize(stream_of(device)), "copy from the device");
}

void wait(const Device& device) { check(cudaStreamSynchronize(stream_of(device)), "wait"); }

}  // namespace syncline::kernels::cuda
