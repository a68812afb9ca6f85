// Callbacks in order of (time, sequence number): of two due at one time, the one pushed first comes first.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "sim/event_ladder.h"
#include "sim/units.h"

namespace syncline::sim {

/// Names one pushed callback. Never given twice by one queue.
struct EventId {
  std::uint32_t slot = 0;
  std::uint64_t sequence = 0;
};

/// Push, pop and cancel take O(1) where times are spread and O(log n) at worst, both amortized: one of them may have to deal out
/// all entries. A cancelled callback is let go at once; its entry in the ladder is left until its time, or until such entries
/// outnumber the others.
class EventQueue {
 public:
  using Callback = std::function<void()>;

  EventId push(Time at, Callback&& callback);
  /// False where it has run, was cancelled, or never was.
  bool cancel(EventId id);
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  /// Of the first callback, and the callback itself, which is taken out. InternalError where the queue is empty.
  Time next_time();
  Callback pop();

 private:
  struct Slot {
    Callback callback;
    std::uint64_t sequence = 0;  // of the entry it holds; 0: free
  };

  bool is_live(const LadderEntry& entry) const { return slots_[entry.slot].sequence == entry.sequence; }
  const LadderEntry& first_live();
  void release(std::uint32_t slot);

  EventLadder ladder_;
  std::size_t size_ = 0;  // live entries
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_slots_;
  std::uint64_t next_sequence_ = 1;
};

}  // namespace syncline::sim
