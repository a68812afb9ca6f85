// Who is due next, with times that may change.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "sim/event_ladder.h"
#include "sim/units.h"

namespace syncline::sim {

/// Times of small numbers (of flows, say). Of equal times, the lower sequence number comes first.
///
/// All take O(1) where times are spread and O(log n) at worst, both amortized, as the ladder's. A time that was changed leaves its
/// old entry in the ladder, until its turn or until such entries outnumber the others.
class DueTimes {
 public:
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  /// With those that were left: what tests count instead of memory.
  std::size_t entries() const { return ladder_.size(); }
  /// Of the first, where there is one.
  Time next_time() { return Time::picoseconds(first().at); }
  std::uint32_t next() { return first().slot; }

  /// Puts it in, or moves it.
  void set(std::uint32_t index, Time at, std::uint64_t sequence);
  /// Without effect where it is not in.
  void remove(std::uint32_t index);

 private:
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
  static constexpr std::size_t kFewOld = 64;  // entries not worth tidying up
  struct Due {
    std::int64_t at = kNever;  // picoseconds
    std::uint64_t sequence = 0;
    bool kept = false;  // by the tidy() that runs
  };

  bool holds(const LadderEntry& entry) const {
    const Due& due = dues_[entry.slot];
    return due.at == entry.at && due.sequence == entry.sequence;
  }
  const LadderEntry& first();
  void tidy();

  EventLadder ladder_;
  std::size_t size_ = 0;
  std::vector<Due> dues_;  // [index]
};

}  // namespace syncline::sim
