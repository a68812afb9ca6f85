// event_queue_bench [ROUNDS]: our event queue against std::priority_queue in the hold model (take the first event, push one for a
// random later time), where one of four operations cancels a random event and pushes another. Pairs, in processor time. Goal:
// ratios of 1.5 and more.
//
// Two ways to use std::priority_queue: with the callbacks in its entries, and, more work, with small entries and the callbacks in
// slots beside them. In both, cancelled entries are left where they are until they come up.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <queue>
#include <unordered_set>
#include <utility>
#include <vector>

#include "sim/event_queue.h"
#include "sim/random.h"

namespace {

using namespace syncline;
using sim::EventId;

/// Callbacks in the entries.
class PlainQueue {
 public:
  EventId push(Time at, std::function<void()> callback) {
    heap_.push({at, ++sequence_, std::move(callback)});
    return {0, sequence_};
  }
  void cancel(EventId id) { cancelled_.insert(id.sequence); }
  Time next_time() {
    while (cancelled_.erase(heap_.top().sequence) > 0) heap_.pop();
    return heap_.top().at;
  }
  std::function<void()> pop() {
    next_time();
    std::function<void()> callback = heap_.top().callback;
    heap_.pop();
    return callback;
  }

 private:
  struct Entry {
    Time at;
    std::uint64_t sequence;
    std::function<void()> callback;
    bool operator<(const Entry& other) const { return at != other.at ? at > other.at : sequence > other.sequence; }
  };
  std::priority_queue<Entry> heap_;
  std::unordered_set<std::uint64_t> cancelled_;
  std::uint64_t sequence_ = 0;
};

/// Callbacks beside them.
class SlotQueue {
 public:
  EventId push(Time at, std::function<void()> callback) {
    if (free_.empty()) {
      free_.push_back(static_cast<std::uint32_t>(slots_.size()));
      slots_.emplace_back();
    }
    const std::uint32_t slot = free_.back();
    free_.pop_back();
    slots_[slot] = {std::move(callback), ++sequence_};
    heap_.push({at, sequence_, slot});
    return {slot, sequence_};
  }
  bool cancel(EventId id) {
    if (slots_[id.slot].second != id.sequence) return false;
    slots_[id.slot] = {nullptr, 0};
    free_.push_back(id.slot);
    return true;
  }
  Time next_time() {
    while (slots_[heap_.top().slot].second != heap_.top().sequence) heap_.pop();
    return heap_.top().at;
  }
  std::function<void()> pop() {
    next_time();
    const std::uint32_t slot = heap_.top().slot;
    heap_.pop();
    std::function<void()> callback = std::move(slots_[slot].first);
    slots_[slot] = {nullptr, 0};
    free_.push_back(slot);
    return callback;
  }

 private:
  struct Entry {
    Time at;
    std::uint64_t sequence;
    std::uint32_t slot;
    bool operator<(const Entry& other) const { return at != other.at ? at > other.at : sequence > other.sequence; }
  };
  std::priority_queue<Entry> heap_;
  std::vector<std::pair<std::function<void()>, std::uint64_t>> slots_;
  std::vector<std::uint32_t> free_;
  std::uint64_t sequence_ = 0;
};

/// Nanoseconds for each operation.
template <class Queue>
double hold(std::size_t pending) {
  constexpr int kOperations = 1'000'000;
  sim::RandomStream random(1, "hold");
  Queue queue;
  std::vector<EventId> ids(pending);
  std::vector<Time> delays(1 << 16);
  for (Time& delay : delays) delay = Time::picoseconds(static_cast<std::int64_t>(1 + random.below(2'000'000)));
  std::size_t next_delay = 0, last = 0;
  const auto push = [&](Time now, std::size_t which) {
    const Time at = now + delays[next_delay++ % delays.size()];
    ids[which] = queue.push(at, [&last, which] { last = which; });
  };
  for (std::size_t i = 0; i < pending; ++i) push(Time::zero(), i);
  const auto operate = [&](int count) {
    for (int i = 0; i < count; ++i) {
      const Time now = queue.next_time();
      if (i % 4 == 3) {
        last = random.below(pending);
        queue.cancel(ids[last]);
      } else {
        queue.pop()();
      }
      push(now, last);
    }
  };
  operate(static_cast<int>(2 * pending));  // until it is as it will be
  const std::clock_t begin = std::clock();
  operate(kOperations);
  return 1e9 * static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC / kOperations;
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 5;
  for (const std::size_t pending : {1'000u, 100'000u, 1'000'000u}) {
    std::vector<double> ours, plain, slots, plain_ratios, slots_ratios;
    for (int i = 0; i < rounds; ++i) {
      ours.push_back(hold<sim::EventQueue>(pending));
      plain.push_back(hold<PlainQueue>(pending));
      slots.push_back(hold<SlotQueue>(pending));
      plain_ratios.push_back(plain.back() / ours.back());
      slots_ratios.push_back(slots.back() / ours.back());
    }
    const auto median = [](std::vector<double> values) {
      std::ranges::sort(values);
      return values[values.size() / 2];
    };
    std::printf("%8zu pending: ours %6.1f ns, std::priority_queue %6.1f ns (ratio %.2f), with slots %6.1f ns (ratio %.2f)\n",
                pending, median(ours), median(plain), median(plain_ratios), median(slots), median(slots_ratios));
  }
}
