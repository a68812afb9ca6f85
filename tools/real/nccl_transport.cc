// Source of the calls: NVIDIA Collective Communication Library documentation, version 2.28, API reference and "Fault tolerance".
#include <cuda_runtime.h>
#include <nccl.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <optional>
#include <thread>

#include <fmt/format.h>

#include "sim/error.h"
#include "tools/real/exchange.h"
#include "tools/real/handshake.h"
#include "tools/real/rendezvous.h"
#include "tools/real/transport.h"

namespace syncline::tools {
namespace {

void check(cudaError_t code, const char* call) {
  if (code != cudaSuccess) throw TransportError(fmt::format("{}: {}", call, cudaGetErrorString(code)));
}

void check(ncclResult_t code, const char* call, ncclComm_t communicator = nullptr) {
  if (code == ncclSuccess) return;
  throw TransportError(fmt::format("{}: {} ({})", call, ncclGetErrorString(code), ncclGetLastError(communicator)));
}

/// For what can't throw, as it gives something back.
void tell(cudaError_t code, const char* call) noexcept {
  if (code != cudaSuccess) std::fprintf(stderr, "%s: %s\n", call, cudaGetErrorString(code));
}
void tell(ncclResult_t code, const char* call) noexcept {
  if (code != ncclSuccess) std::fprintf(stderr, "%s: %s\n", call, ncclGetErrorString(code));
}

std::string hexadecimal(const void* data, std::size_t bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes; ++i) text += fmt::format("{:02x}", static_cast<const unsigned char*>(data)[i]);
  return text;
}

ncclUniqueId id_of(const std::string& text) {
  ncclUniqueId id{};
  SYNCLINE_CHECK(text.size() == 2 * sizeof id, "a communicator's name of another length");
  for (std::size_t i = 0; i < sizeof id; ++i) id.internal[i] = static_cast<char>(std::stoi(text.substr(2 * i, 2), nullptr, 16));
  return id;
}

class NcclTransport final : public Transport {
 public:
  explicit NcclTransport(const TransportOptions& options) {
    if (options.rendezvous.empty()) {
      mpi_ = open_mpi_transport();
      place_ = place_of_environment();
      place_.rank = mpi_->rank();
      place_.size = mpi_->size();
    } else {
      place_ = place_of_environment();
      files_.emplace(options.rendezvous, place_);
    }
    take_gpu();
    meet();
    check(cudaStreamCreate(&stream_), "cudaStreamCreate");
    one_ = allocate(1);
    all_ = allocate(place_.size);
  }

  ~NcclTransport() override {
    one_.reset();
    all_.reset();
    if (std::uncaught_exceptions() == 0) {
      tell(ncclCommDestroy(communicator_), "ncclCommDestroy");
    } else {
      tell(ncclCommAbort(communicator_), "ncclCommAbort");
    }
    tell(cudaStreamDestroy(stream_), "cudaStreamDestroy");
  }

  int rank() const override { return place_.rank; }
  int size() const override { return place_.size; }
  std::string_view name() const override { return "nccl"; }
  std::string version() const override {
    int version = 0;
    check(ncclGetVersion(&version), "ncclGetVersion");
    return fmt::format("NCCL {}.{}.{}", version / 10000, version / 100 % 100, version % 100);
  }
  std::string gpu() const override { return gpu_; }

  std::shared_ptr<void> allocate(std::int64_t bytes) override {
    use_gpu();
    void* memory = nullptr;
    check(cudaMalloc(&memory, static_cast<std::size_t>(bytes)), "cudaMalloc");
    check(cudaMemset(memory, 0, static_cast<std::size_t>(bytes)), "cudaMemset");
    return {memory, [](void* data) { tell(cudaFree(data), "cudaFree"); }};
  }
  void upload(void* to, const void* from_host, std::int64_t bytes) override {
    use_gpu();
    check(cudaMemcpy(to, from_host, static_cast<std::size_t>(bytes), cudaMemcpyHostToDevice), "cudaMemcpy");
  }
  void download(void* to_host, const void* from, std::int64_t bytes) override {
    use_gpu();
    check(cudaMemcpy(to_host, from, static_cast<std::size_t>(bytes), cudaMemcpyDeviceToHost), "cudaMemcpy");
  }

  void all_reduce(const float* in, float* out, std::int64_t elements) override {
    use_gpu();
    check(ncclAllReduce(in, out, static_cast<std::size_t>(elements), ncclFloat, ncclSum, communicator_, stream_), "ncclAllReduce",
          communicator_);
    finish();
  }
  void all_gather(const void* mine, void* all, std::int64_t bytes) override {
    use_gpu();
    check(ncclAllGather(mine, all, static_cast<std::size_t>(bytes), ncclUint8, communicator_, stream_), "ncclAllGather",
          communicator_);
    finish();
  }
  void broadcast(void* data, std::int64_t bytes, int root) override {
    use_gpu();
    check(ncclBroadcast(data, data, static_cast<std::size_t>(bytes), ncclUint8, root, communicator_, stream_), "ncclBroadcast",
          communicator_);
    finish();
  }
  void barrier() override { all_gather(one_.get(), all_.get(), 1); }

  bool has_messages() const override { return false; }
  Request send(const void*, std::int64_t, int, int) override { throw InternalError("NCCL carries out no schedules"); }
  Request receive(void*, std::int64_t, int, int) override { throw InternalError("NCCL carries out no schedules"); }
  std::vector<std::size_t> wait_some(std::span<const Request>) override { throw InternalError("NCCL carries out no schedules"); }

  // What hangs is left to the process' end.
  [[noreturn]] void abort(int code) override {
    std::thread([this, code] {
      ncclCommAbort(communicator_);
      if (mpi_) mpi_->abort(code);
      _exit(code);
    }).detach();
    std::this_thread::sleep_for(std::chrono::seconds(5));
    _exit(code);
  }

 private:
  /// One for each rank of a machine, by its number there; CUDA_VISIBLE_DEVICES may have chosen before.
  void take_gpu() {
    int count = 0;
    const cudaError_t found = cudaGetDeviceCount(&count);
    if (found != cudaSuccess) throw UserError(fmt::format("NCCL needs a GPU on each machine: {}", cudaGetErrorString(found)));
    SYNCLINE_CHECK(count > 0, "no GPU, and CUDA does not mind");
    device_ = place_.local_rank % count;
    use_gpu();
    cudaDeviceProp properties{};
    check(cudaGetDeviceProperties(&properties, device_), "cudaGetDeviceProperties");
    gpu_ = "GPU-" + hexadecimal(properties.uuid.bytes, sizeof properties.uuid.bytes);
  }
  /// CUDA remembers for each thread.
  void use_gpu() const { check(cudaSetDevice(device_), "cudaSetDevice"); }

  /// That two ranks have one GPU, or other versions of NCCL, is told before NCCL stumbles over it.
  void meet() {
    ncclUniqueId id{};
    std::string mine;
    if (place_.rank == 0) {
      check(ncclGetUniqueId(&id), "ncclGetUniqueId");
      mine = hexadecimal(&id, sizeof id);
    }
    std::array<char, 256> host{};
    gethostname(host.data(), host.size() - 1);
    mine += "\n" + text_of({{{"communication library", version()}}, host.data(), gpu_});
    const std::vector<std::string> texts = files_ ? files_->gather(mine) : gather_texts(*mpi_, mine);
    std::vector<RankFacts> facts;
    for (const std::string& text : texts) facts.push_back(rank_facts(text.substr(text.find('\n') + 1)));
    const std::string wrong = disagreement(facts);
    if (!wrong.empty()) throw UserError(wrong);
    id = id_of(texts[0].substr(0, texts[0].find('\n')));
    check(ncclCommInitRank(&communicator_, place_.size, id, place_.rank), "ncclCommInitRank");
  }

  /// Until the stream is empty; looks for what the communicator met with in the meantime, such as a rank that died.
  void finish() {
    while (true) {
      const cudaError_t state = cudaStreamQuery(stream_);
      if (state == cudaSuccess) return;
      if (state != cudaErrorNotReady) check(state, "cudaStreamQuery");
      ncclResult_t error = ncclSuccess;
      check(ncclCommGetAsyncError(communicator_, &error), "ncclCommGetAsyncError");
      if (error != ncclInProgress) check(error, "a collective of NCCL", communicator_);
      std::this_thread::yield();
    }
  }

  std::unique_ptr<Transport> mpi_;
  std::optional<FileRendezvous> files_;
  Place place_;
  int device_ = 0;
  std::string gpu_;
  ncclComm_t communicator_ = nullptr;
  cudaStream_t stream_ = nullptr;
  std::shared_ptr<void> one_, all_;  // of the barrier
};

}  // namespace

std::unique_ptr<Transport> open_nccl_transport(const TransportOptions& options) {
  return std::make_unique<NcclTransport>(options);
}

}  // namespace syncline::tools
