#include "kernels/device_cuda.h"

#include "kernels/cuda_call.cuh"

namespace syncline::kernels::cuda {

bool device_found() {
  int devices = 0;
  return cudaGetDeviceCount(&devices) == cudaSuccess && devices > 0;
}

std::shared_ptr<void> allocate(std::size_t bytes) {
  if (bytes == 0) return {};
  void* memory = nullptr;
  check(cudaMalloc(&memory, bytes), "allocation");
  std::shared_ptr<void> owner(memory, [](void* data) { cudaFree(data); });
  check(cudaMemset(memory, 0, bytes), "zeroing");
  return owner;
}

void copy_in(void* to, const void* from, std::size_t bytes) {
  if (bytes > 0) check(cudaMemcpy(to, from, bytes, cudaMemcpyHostToDevice), "copy to the device");
}

void copy_out(void* to, const void* from, std::size_t bytes) {
  if (bytes > 0) check(cudaMemcpy(to, from, bytes, cudaMemcpyDeviceToHost), "copy from the device");
}

}  // namespace syncline::kernels::cuda
