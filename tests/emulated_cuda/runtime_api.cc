#include "tests/emulated_cuda/runtime_api.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <mutex>

#include "tests/emulated_cuda/device_memory.h"
#include "tests/emulated_cuda/emulator.h"
#include "tests/emulated_cuda/language.h"

using syncline::emulated::device_lock;
using syncline::emulated::DeviceMemory;
using syncline::emulated::kMostBlockThreads;
using syncline::emulated::remember_error;

struct CUstream_st {};
struct CUmemPoolHandle_st {};
struct CUevent_st {
  std::chrono::steady_clock::time_point time;
};

namespace {

thread_local cudaError_t last_error = cudaSuccess;

constexpr int kVersion = 12000;         // of CUDA
constexpr int kMajor = 9, kMinor = 0;   // Hopper
constexpr int kMultiprocessors = 132;   // as an H100 or H200 has
constexpr int kSharedBytes = 48 << 10;  // that a block may have without asking for more
constexpr int kThreadsAtOnce = 2048;    // on a multiprocessor

/// True where all of it is on one side, host or device, and may be there.
bool is_right(const void* data, std::size_t bytes, bool may_be_host, bool may_be_device) {
  const DeviceMemory& memory = DeviceMemory::instance();
  return memory.holds(data, bytes) ? may_be_device : may_be_host && !memory.touches(data, bytes);
}

}  // namespace

namespace syncline::emulated {
cudaError_t remember_error(cudaError_t error) {
  if (error != cudaSuccess) last_error = error;
  return error;
}
}  // namespace syncline::emulated

const char* cudaGetErrorString(cudaError_t error) {
  switch (error) {
    case cudaSuccess:
      return "no error";
    case cudaErrorInvalidValue:
      return "invalid argument";
    case cudaErrorMemoryAllocation:
      return "out of memory";
    case cudaErrorInvalidConfiguration:
      return "invalid configuration argument";
  }
  return "unknown error";
}

cudaError_t cudaGetLastError() {
  const cudaError_t error = last_error;
  last_error = cudaSuccess;
  return error;
}
cudaError_t cudaPeekAtLastError() { return last_error; }

cudaError_t cudaGetDeviceCount(int* count) {
  *count = 1;
  return cudaSuccess;
}
cudaError_t cudaGetDevice(int* device) {
  *device = 0;
  return cudaSuccess;
}
cudaError_t cudaSetDevice(int device) { return remember_error(device == 0 ? cudaSuccess : cudaErrorInvalidValue); }

cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device) {
  if (device != 0) return remember_error(cudaErrorInvalidValue);
  *properties = {"emulated",
                 DeviceMemory::limit(),
                 kSharedBytes,
                 kMajor,
                 kMinor,
                 kMultiprocessors,
                 warpSize,
                 kMostBlockThreads,
                 kThreadsAtOnce,
                 {1024, 1024, 64},
                 {0x7fffffff, 65535, 65535}};
  return cudaSuccess;
}

cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int device) {
  if (device != 0) return remember_error(cudaErrorInvalidValue);
  switch (attribute) {
    case cudaDevAttrMaxThreadsPerBlock:
      *value = kMostBlockThreads;
      break;
    case cudaDevAttrMaxSharedMemoryPerBlock:
      *value = kSharedBytes;
      break;
    case cudaDevAttrClockRate:
      *value = 1000;  // kHz
      break;
    case cudaDevAttrWarpSize:
      *value = warpSize;
      break;
    case cudaDevAttrMultiProcessorCount:
      *value = kMultiprocessors;
      break;
    case cudaDevAttrComputeCapabilityMajor:
      *value = kMajor;
      break;
    case cudaDevAttrComputeCapabilityMinor:
      *value = kMinor;
      break;
    case cudaDevAttrMemoryPoolsSupported:
      *value = 1;
      break;
  }
  return cudaSuccess;
}

cudaError_t cudaDeviceGetDefaultMemPool(cudaMemPool_t* pool, int device) {
  static CUmemPoolHandle_st only;
  *pool = &only;
  return remember_error(device == 0 ? cudaSuccess : cudaErrorInvalidValue);
}
cudaError_t cudaMemPoolTrimTo(cudaMemPool_t, std::size_t) { return cudaSuccess; }
cudaError_t cudaMemPoolSetAttribute(cudaMemPool_t, cudaMemPoolAttr, void*) { return cudaSuccess; }
cudaError_t cudaDriverGetVersion(int* version) {
  *version = kVersion;
  return cudaSuccess;
}
cudaError_t cudaRuntimeGetVersion(int* version) { return cudaDriverGetVersion(version); }
cudaError_t cudaDeviceSynchronize() { return cudaSuccess; }

cudaError_t cudaMalloc(void** data, std::size_t bytes) {
  const std::lock_guard lock(device_lock());
  *data = bytes > 0 ? DeviceMemory::instance().allocate(bytes) : nullptr;
  return remember_error(bytes > 0 && *data == nullptr ? cudaErrorMemoryAllocation : cudaSuccess);
}
cudaError_t cudaMallocAsync(void** data, std::size_t bytes, cudaStream_t) { return cudaMalloc(data, bytes); }

cudaError_t cudaFree(void* data) {
  const std::lock_guard lock(device_lock());
  if (data == nullptr) return cudaSuccess;
  return remember_error(DeviceMemory::instance().free(data) ? cudaSuccess : cudaErrorInvalidValue);
}
cudaError_t cudaFreeAsync(void* data, cudaStream_t) { return cudaFree(data); }

cudaError_t cudaMemcpy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind) {
  if (bytes == 0) return cudaSuccess;
  const std::lock_guard lock(device_lock());
  const bool any = kind == cudaMemcpyDefault;
  const bool to_device = kind == cudaMemcpyHostToDevice || kind == cudaMemcpyDeviceToDevice;
  const bool from_device = kind == cudaMemcpyDeviceToHost || kind == cudaMemcpyDeviceToDevice;
  if (!is_right(to, bytes, any || !to_device, any || to_device) ||
      !is_right(from, bytes, any || !from_device, any || from_device)) {
    return remember_error(cudaErrorInvalidValue);
  }
  const DeviceMemory::Open open_target(to), open_source(from);
  std::memmove(to, from, bytes);
  return cudaSuccess;
}
cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind, cudaStream_t) {
  return cudaMemcpy(to, from, bytes, kind);
}

cudaError_t cudaMemset(void* data, int value, std::size_t bytes) {
  if (bytes == 0) return cudaSuccess;
  const std::lock_guard lock(device_lock());
  if (!DeviceMemory::instance().holds(data, bytes)) return remember_error(cudaErrorInvalidValue);
  const DeviceMemory::Open open(data);
  std::memset(data, value, bytes);
  return cudaSuccess;
}
cudaError_t cudaMemsetAsync(void* data, int value, std::size_t bytes, cudaStream_t) { return cudaMemset(data, value, bytes); }

cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* total) {
  const std::lock_guard lock(device_lock());
  *total = DeviceMemory::limit();
  *free = *total - std::min(*total, DeviceMemory::instance().used());
  return cudaSuccess;
}

cudaError_t cudaStreamCreate(cudaStream_t* stream) {
  *stream = new CUstream_st;
  return cudaSuccess;
}
cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) { return cudaStreamCreate(stream); }
cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  delete stream;
  return cudaSuccess;
}
cudaError_t cudaStreamSynchronize(cudaStream_t) { return cudaSuccess; }
cudaError_t cudaStreamWaitEvent(cudaStream_t, cudaEvent_t, unsigned) { return cudaSuccess; }

cudaError_t cudaEventCreate(cudaEvent_t* event) {
  *event = new CUevent_st;
  return cudaSuccess;
}
cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned) { return cudaEventCreate(event); }
cudaError_t cudaEventDestroy(cudaEvent_t event) {
  delete event;
  return cudaSuccess;
}
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t) {
  event->time = std::chrono::steady_clock::now();
  return cudaSuccess;
}
cudaError_t cudaEventSynchronize(cudaEvent_t) { return cudaSuccess; }
cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t begin, cudaEvent_t end) {
  *milliseconds = std::chrono::duration<float, std::milli>(end->time - begin->time).count();
  return cudaSuccess;
}
