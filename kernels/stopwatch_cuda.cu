#include "kernels/stopwatch_cuda.h"

#include "kernels/cuda_call.cuh"

namespace syncline::kernels::cuda {
namespace {

class Event {
 public:
  Event() { check(cudaEventCreate(&event_), "event"); }
  ~Event() { cudaEventDestroy(event_); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  void record(cudaStream_t stream) { check(cudaEventRecord(event_, stream), "event"); }
  cudaEvent_t get() const { return event_; }

 private:
  cudaEvent_t event_ = nullptr;
};

}  // namespace

void copy_within(const Device& device, void* to, const void* from, std::size_t bytes) {
  if (bytes == 0) return;
  check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, stream_of(device)), "copy within the device");
}

double seconds_of(const Device& device, const std::function<void()>& work, void* cache, std::size_t cache_bytes) {
  Event begin, end;
  check(cudaMemsetAsync(cache, 0, cache_bytes, stream_of(device)), "writing over the caches");
  begin.record(stream_of(device));
  work();
  end.record(stream_of(device));
  check(cudaEventSynchronize(end.get()), "end of what is timed");
  float milliseconds = 0;
  check(cudaEventElapsedTime(&milliseconds, begin.get(), end.get()), "time between events");
  return milliseconds * 1e-3;
}

}  // namespace syncline::kernels::cuda
