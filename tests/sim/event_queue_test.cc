#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "sim/error.h"
#include "sim/event_queue.h"
#include "sim/random.h"
#include "tests/seeds.h"

namespace syncline::sim {
namespace {

/// The obvious twin: a vector, searched from end to end.
class VectorQueue {
 public:
  void push(Time at, int name) { entries_.push_back({at, next_++, name}); }
  bool cancel(int name) {
    const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) { return e.name == name; });
    if (found == entries_.end()) return false;
    entries_.erase(found);
    return true;
  }
  bool empty() const { return entries_.empty(); }
  int pop() {
    const auto first = std::min_element(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
      return std::pair(a.at, a.sequence) < std::pair(b.at, b.sequence);
    });
    const int name = first->name;
    entries_.erase(first);
    return name;
  }

 private:
  struct Entry {
    Time at;
    int sequence;
    int name;
  };
  std::vector<Entry> entries_;
  int next_ = 0;
};

TEST(EventQueue, PopsAsASearchedVectorDoes) {
  for (const std::uint64_t seed : seeds(50)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomStream random(seed, "event queue test");
    EventQueue queue;
    VectorQueue oracle;
    std::vector<EventId> ids;  // [name]
    int popped = -1;
    for (int i = 0; i < 2000; ++i) {
      const std::uint64_t action = random.below(10);
      if (action < 5) {
        const int name = static_cast<int>(ids.size());
        const Time at = Time::picoseconds(static_cast<std::int64_t>(random.below(50)));  // many ties
        ids.push_back(queue.push(at, [&popped, name] { popped = name; }));
        oracle.push(at, name);
      } else if (action < 7 && !ids.empty()) {
        const int name = static_cast<int>(random.below(ids.size()));  // often one that is gone
        ASSERT_EQ(queue.cancel(ids[static_cast<std::size_t>(name)]), oracle.cancel(name));
      } else if (!queue.empty()) {
        queue.pop()();
        ASSERT_EQ(popped, oracle.pop());
      }
      ASSERT_EQ(queue.empty(), oracle.empty());
    }
  }
}

// As a simulation does: times from now on, near and far, often the same; few pending events, and thousands.
TEST(EventQueue, HoldsFewAndManyEventsInOrder) {
  for (const std::uint64_t seed : seeds(20)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomStream random(seed, "event queue hold");
    EventQueue queue;
    std::map<std::pair<Time, std::uint64_t>, EventId> oracle;
    std::int64_t now = 0;
    std::uint64_t pushed = 0, popped = 0;
    for (int i = 0; i < 20'000; ++i) {
      const bool grow = i % 8000 < 5000;
      if (random.below(10) < (grow ? 7u : 3u)) {
        const std::int64_t reach[] = {1, 100, 1'000'000, 1'000'000'000'000'000};
        const auto delay = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(reach[random.below(4)])));
        const Time at = Time::picoseconds(now + delay);
        const std::uint64_t name = pushed++;
        oracle[{at, name}] = queue.push(at, [&popped, name] { popped = name; });
      } else if (!oracle.empty() && random.below(3) == 0) {
        auto some = oracle.lower_bound({Time::picoseconds(now + static_cast<std::int64_t>(random.below(2000))), 0});
        if (some == oracle.end()) some = oracle.begin();
        ASSERT_TRUE(queue.cancel(some->second));
        oracle.erase(some);
      } else if (!oracle.empty()) {
        ASSERT_EQ(queue.next_time(), oracle.begin()->first.first);
        now = queue.next_time().count();
        queue.pop()();
        ASSERT_EQ(popped, oracle.begin()->first.second);
        oracle.erase(oracle.begin());
      }
      ASSERT_EQ(queue.size(), oracle.size());
    }
  }
}

TEST(EventQueue, EqualTimesKeepTheirOrderWhateverIsCancelledBetweenThem) {
  EventQueue queue;
  std::vector<EventId> ids;
  std::vector<int> order;
  for (int i = 0; i < 1000; ++i) ids.push_back(queue.push(Time::zero(), [&order, i] { order.push_back(i); }));
  for (std::size_t i = 0; i < ids.size(); i += 3) EXPECT_TRUE(queue.cancel(ids[i]));
  while (!queue.empty()) queue.pop()();
  std::vector<int> expected;
  for (int i = 0; i < 1000; ++i) {
    if (i % 3 != 0) expected.push_back(i);
  }
  EXPECT_EQ(order, expected);
}

TEST(EventQueue, AnIdIsNeverGivenTwice) {
  EventQueue queue;
  const EventId popped = queue.push(Time::zero(), [] {});
  queue.pop();
  const EventId cancelled = queue.push(Time::zero(), [] {});  // in the same slot
  EXPECT_FALSE(queue.cancel(popped));
  EXPECT_TRUE(queue.cancel(cancelled));
  EXPECT_FALSE(queue.cancel(cancelled));
  queue.push(Time::zero(), [] {});
  EXPECT_FALSE(queue.cancel(popped));
  EXPECT_FALSE(queue.cancel(cancelled));
  EXPECT_EQ(queue.size(), 1U);
}

TEST(EventQueue, TimesOfEitherSignAreInOrder) {
  EventQueue queue;
  for (const std::int64_t time : {3, -1, 0, -7}) queue.push(Time::picoseconds(time), [] {});
  queue.push(Time::max(), [] {});
  for (const std::int64_t time : {-7, -1, 0, 3}) {
    EXPECT_EQ(queue.next_time(), Time::picoseconds(time));
    queue.pop();
  }
  EXPECT_EQ(queue.next_time(), Time::max());
}

TEST(EventQueue, LetsGoOfACallbackWithItsEvent) {
  EventQueue queue;
  const auto held = std::make_shared<int>();
  const EventId cancelled = queue.push(Time::zero(), [held] {});
  queue.push(Time::zero(), [held] {});
  EXPECT_EQ(held.use_count(), 3);
  queue.cancel(cancelled);
  EXPECT_EQ(held.use_count(), 2);
  queue.pop();
  EXPECT_EQ(held.use_count(), 1);
}

TEST(EventQueue, PopOfNothingIsAnError) {
  EventQueue queue;
  EXPECT_THROW(queue.pop(), InternalError);
  EXPECT_THROW(queue.next_time(), InternalError);
  EXPECT_FALSE(queue.cancel(EventId{}));
}

}  // namespace
}  // namespace syncline::sim
