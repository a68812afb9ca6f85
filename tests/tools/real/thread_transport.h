// Ranks that are threads of one process, so that what runs on real ranks can be tested where there is no MPI.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <tuple>
#include <vector>

#include "tools/real/transport.h"

namespace syncline::tools {

/// What the ranks share.
struct ThreadWorld {
  explicit ThreadWorld(int ranks) : size(ranks) {}
  int size;
  std::mutex mutex;
  std::condition_variable changed;
  using Key = std::tuple<int, int, int>;  // from, to, tag
  std::map<Key, std::deque<std::vector<std::byte>>> sent;
};

/// Its own collectives go through its messages, by the dumbest of algorithms.
class ThreadTransport final : public Transport {
 public:
  ThreadTransport(ThreadWorld& world, int rank) : world_(world), rank_(rank) {}

  int rank() const override { return rank_; }
  int size() const override { return world_.size; }
  std::string_view name() const override { return "threads"; }
  std::string version() const override { return "of a test"; }

  void all_reduce(const float* in, float* out, std::int64_t elements) override;
  void all_gather(const void* mine, void* all, std::int64_t bytes) override;
  void broadcast(void* data, std::int64_t bytes, int root) override;
  void barrier() override;

  bool has_messages() const override { return true; }
  Request send(const void* data, std::int64_t bytes, int to, int tag) override;
  Request receive(void* data, std::int64_t bytes, int from, int tag) override;
  std::vector<std::size_t> wait_some(std::span<const Request> requests) override;

  [[noreturn]] void abort(int code) override;

 private:
  struct Receive {
    ThreadWorld::Key key;
    std::byte* data;
    std::int64_t bytes;
    bool complete;
  };
  void wait(Request request);

  ThreadWorld& world_;
  int rank_;
  std::vector<Receive> receives_;  // [request]; a send is one that is complete
};

/// body(transport) on each of so many threads; throws what the first of them threw.
void on_ranks(int ranks, const std::function<void(Transport&)>& body);

}  // namespace syncline::tools
