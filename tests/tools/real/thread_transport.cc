#include "tests/tools/real/thread_transport.h"

#include <cstdlib>
#include <cstring>
#include <exception>
#include <thread>

#include "sim/error.h"

namespace syncline::tools {
namespace {

constexpr int kCollectiveTag = 1'000'000;

}  // namespace

void ThreadTransport::all_gather(const void* mine, void* all, std::int64_t bytes) {
  std::vector<Request> requests;
  for (int rank = 0; rank < size(); ++rank) send(mine, bytes, rank, kCollectiveTag);
  for (int rank = 0; rank < size(); ++rank) {
    requests.push_back(receive(static_cast<std::byte*>(all) + rank * bytes, bytes, rank, kCollectiveTag));
  }
  for (const Request request : requests) wait(request);
}

void ThreadTransport::all_reduce(const float* in, float* out, std::int64_t elements) {
  std::vector<float> all(static_cast<std::size_t>(elements * size()));
  all_gather(in, all.data(), 4 * elements);
  for (std::int64_t i = 0; i < elements; ++i) {
    out[i] = 0;
    for (int rank = 0; rank < size(); ++rank) out[i] += all[static_cast<std::size_t>(rank * elements + i)];
  }
}

void ThreadTransport::broadcast(void* data, std::int64_t bytes, int root) {
  std::vector<std::byte> all(static_cast<std::size_t>(bytes * size()));
  all_gather(data, all.data(), bytes);
  std::memcpy(data, all.data() + root * bytes, static_cast<std::size_t>(bytes));
}

void ThreadTransport::barrier() {
  char mine = 0;
  std::vector<char> all(static_cast<std::size_t>(size()));
  all_gather(&mine, all.data(), 1);
}

Transport::Request ThreadTransport::send(const void* data, std::int64_t bytes, int to, int tag) {
  const auto* const begin = static_cast<const std::byte*>(data);
  {
    const std::lock_guard lock(world_.mutex);
    world_.sent[{rank_, to, tag}].emplace_back(begin, begin + bytes);
  }
  world_.changed.notify_all();
  receives_.push_back({{}, nullptr, 0, true});
  return static_cast<Request>(receives_.size()) - 1;
}

Transport::Request ThreadTransport::receive(void* data, std::int64_t bytes, int from, int tag) {
  receives_.push_back({{from, rank_, tag}, static_cast<std::byte*>(data), bytes, false});
  return static_cast<Request>(receives_.size()) - 1;
}

void ThreadTransport::wait(Request request) {
  const std::vector<Request> one = {request};
  wait_some(one);
}

// Messages of one key are taken in the order of the receives, which is that of the requests.
std::vector<std::size_t> ThreadTransport::wait_some(std::span<const Request> requests) {
  std::unique_lock lock(world_.mutex);
  while (true) {
    std::vector<std::size_t> complete;
    for (std::size_t place = 0; place < requests.size(); ++place) {
      Receive& one = receives_[static_cast<std::size_t>(requests[place])];
      if (!one.complete) {
        std::deque<std::vector<std::byte>>& arrived = world_.sent[one.key];
        if (arrived.empty()) continue;
        SYNCLINE_CHECK(static_cast<std::int64_t>(arrived.front().size()) == one.bytes,
                       "a message of another length than expected");
        std::memcpy(one.data, arrived.front().data(), arrived.front().size());
        arrived.pop_front();
        one.complete = true;
      }
      complete.push_back(place);
    }
    if (!complete.empty()) return complete;
    world_.changed.wait(lock);
  }
}

void ThreadTransport::abort(int code) { std::_Exit(code); }

void on_ranks(int ranks, const std::function<void(Transport&)>& body) {
  ThreadWorld world(ranks);
  std::vector<std::exception_ptr> failures(static_cast<std::size_t>(ranks));
  std::vector<std::thread> threads;
  for (int rank = 0; rank < ranks; ++rank) {
    threads.emplace_back([&, rank] {
      ThreadTransport transport(world, rank);
      try {
        body(transport);
      } catch (...) {
        failures[static_cast<std::size_t>(rank)] = std::current_exception();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::exception_ptr& failure : failures) {
    if (failure) std::rethrow_exception(failure);
  }
}

}  // namespace syncline::tools
