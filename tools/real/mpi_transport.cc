// Source of the calls: MPI: A Message-Passing Interface Standard, version 3.1, chapters 3 (messages), 5 (collectives), 8.7 (start
// and end).
#define OMPI_SKIP_MPICXX 1
#define MPICH_SKIP_MPICXX 1
#include <mpi.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <functional>
#include <thread>

#include "tools/real/transport.h"

namespace syncline::tools {
namespace {

using Clock = std::chrono::steady_clock;

/// A rank that waits sleeps between two looks: ranks that share a processor would else take it from each other. It sleeps for a
/// part of the time that it has waited so far, so it is never late by more than that part, nor by more than the longest nap.
constexpr int kPartOfWait = 4;
/// A look at the library moves a message on by a step, such as reading its head, and it takes some of them to see it complete. What
/// is longer on its way than this is waited for with fewer.
constexpr int kLooks = 8, kFewLooks = 2;
constexpr Clock::duration kLong = std::chrono::milliseconds(1);
constexpr Clock::duration kShortestNap = std::chrono::microseconds(20), kLongestNap = std::chrono::microseconds(500);
constexpr int kBarrierTag = 0;  // schedules have those above
/// MPI counts in int.
constexpr std::int64_t kMostAtOnce = std::int64_t{1} << 30;

void check(int code, const char* call) {
  if (code == MPI_SUCCESS) return;
  char text[MPI_MAX_ERROR_STRING];
  int length = 0;
  MPI_Error_string(code, text, &length);
  throw TransportError(std::string(call) + ": " + std::string(text, static_cast<std::size_t>(length)));
}

class MpiTransport final : public Transport {
 public:
  MpiTransport() {
    // Another thread than the one that waits must be able to abort.
    int provided = MPI_THREAD_SINGLE;
    check(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &provided), "MPI_Init_thread");
    if (provided < MPI_THREAD_SERIALIZED) throw TransportError("this MPI library knows no threads");
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    check(MPI_Comm_rank(MPI_COMM_WORLD, &rank_), "MPI_Comm_rank");
    check(MPI_Comm_size(MPI_COMM_WORLD, &size_), "MPI_Comm_size");
  }
  // After an error the others may never get here, and to wait for them would be to hang.
  ~MpiTransport() override {
    if (std::uncaught_exceptions() == 0) MPI_Finalize();
  }

  int rank() const override { return rank_; }
  int size() const override { return size_; }
  std::string_view name() const override { return "mpi"; }
  std::string version() const override {
    char text[MPI_MAX_LIBRARY_VERSION_STRING];
    int length = 0;
    MPI_Get_library_version(text, &length);
    const std::string all(text, static_cast<std::size_t>(length));
    return all.substr(0, all.find_first_of(",\n"));
  }

  void all_reduce(const float* in, float* out, std::int64_t elements) override {
    for (std::int64_t begin = 0; begin < elements; begin += kMostAtOnce) {
      const int count = static_cast<int>(std::min(kMostAtOnce, elements - begin));
      check(MPI_Allreduce(in + begin, out + begin, count, MPI_FLOAT, MPI_SUM, MPI_COMM_WORLD), "MPI_Allreduce");
    }
  }
  void all_gather(const void* mine, void* all, std::int64_t bytes) override {
    const int count = whole(bytes);
    check(MPI_Allgather(mine, count, MPI_BYTE, all, count, MPI_BYTE, MPI_COMM_WORLD), "MPI_Allgather");
  }
  void broadcast(void* data, std::int64_t bytes, int root) override {
    check(MPI_Bcast(data, whole(bytes), MPI_BYTE, root, MPI_COMM_WORLD), "MPI_Bcast");
  }
  // By messages, as dissemination has it (Hensgen, Finkel, Manber, Two algorithms for barrier synchronization, 1988): in round k,
  // rank r tells r + 2^k. MPI_Barrier would keep the processor busy.
  void barrier() override {
    for (int distance = 1; distance < size_; distance *= 2) {
      char sent = 0, received = 0;
      std::vector<Request> open = {send(&sent, 1, (rank_ + distance) % size_, kBarrierTag),
                                   receive(&received, 1, (rank_ + size_ - distance) % size_, kBarrierTag)};
      while (!open.empty()) {
        std::vector<std::size_t> complete = wait_some(open);
        std::ranges::sort(complete, std::greater<>());
        for (const std::size_t place : complete) open.erase(open.begin() + static_cast<std::ptrdiff_t>(place));
      }
    }
  }

  bool has_messages() const override { return true; }
  Request send(const void* data, std::int64_t bytes, int to, int tag) override {
    const Request slot = free_slot();
    check(MPI_Isend(data, whole(bytes), MPI_BYTE, to, tag, MPI_COMM_WORLD, &slots_[static_cast<std::size_t>(slot)]), "MPI_Isend");
    return slot;
  }
  Request receive(void* data, std::int64_t bytes, int from, int tag) override {
    const Request slot = free_slot();
    check(MPI_Irecv(data, whole(bytes), MPI_BYTE, from, tag, MPI_COMM_WORLD, &slots_[static_cast<std::size_t>(slot)]),
          "MPI_Irecv");
    return slot;
  }
  std::vector<std::size_t> wait_some(std::span<const Request> requests) override {
    const int count = static_cast<int>(requests.size());
    std::vector<MPI_Request> waited;
    for (const Request slot : requests) waited.push_back(slots_[static_cast<std::size_t>(slot)]);
    std::vector<int> places(requests.size());
    int complete = 0;
    const Clock::time_point begin = Clock::now();
    while (complete == 0) {
      const Clock::duration waited_for = Clock::now() - begin;
      const int looks = waited_for < kLong ? kLooks : kFewLooks;
      for (int look = 0; look < looks && complete == 0; ++look) {
        check(MPI_Testsome(count, waited.data(), &complete, places.data(), MPI_STATUSES_IGNORE), "MPI_Testsome");
      }
      if (complete == 0) std::this_thread::sleep_for(std::clamp(waited_for / kPartOfWait, kShortestNap, kLongestNap));
    }
    std::vector<std::size_t> result;
    for (int i = 0; i < std::max(complete, 0); ++i)
      result.push_back(static_cast<std::size_t>(places[static_cast<std::size_t>(i)]));
    for (const std::size_t place : result) free_.push_back(requests[place]);
    return result;
  }

  // A library that hangs may hang here, too: then the process ends by itself, and mpirun ends the others.
  [[noreturn]] void abort(int code) override {
    std::thread([code] {
      std::this_thread::sleep_for(std::chrono::seconds(5));
      _exit(code);
    }).detach();
    MPI_Abort(MPI_COMM_WORLD, code);
    _exit(code);
  }

 private:
  static int whole(std::int64_t bytes) {
    if (bytes > kMostAtOnce) throw TransportError("a message of more than 1 GiB");
    return static_cast<int>(bytes);
  }
  Request free_slot() {
    if (free_.empty()) {
      free_.push_back(static_cast<Request>(slots_.size()));
      slots_.push_back(MPI_REQUEST_NULL);
    }
    const Request slot = free_.back();
    free_.pop_back();
    return slot;
  }

  int rank_ = 0, size_ = 1;
  std::vector<MPI_Request> slots_;
  std::vector<Request> free_;
};

}  // namespace

std::unique_ptr<Transport> open_mpi_transport() { return std::make_unique<MpiTransport>(); }

}  // namespace syncline::tools
