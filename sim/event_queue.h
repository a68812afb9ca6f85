// Callbacks in order of (time, sequence number): of two due at one time, the one pushed first comes first.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "sim/indexed_heap.h"
#include "sim/units.h"

namespace syncline::sim {

/// Names one pushed callback. Never given twice by one queue.
struct EventId {
  std::uint32_t slot = 0;
  std::uint64_t sequence = 0;
};

/// Callbacks lie in slots, an IndexedHeap keeps the slots in order: any callback can be taken out in O(log n).
class EventQueue {
 public:
  using Callback = std::function<void()>;

  EventId push(Time at, Callback callback);
  /// False where it has run, was cancelled, or never was.
  bool cancel(EventId id);
  bool empty() const { return heap_.empty(); }
  std::size_t size() const { return heap_.size(); }
  /// Of the first callback, and the callback itself, which is taken out. InternalError where the queue is empty.
  Time next_time() const;
  Callback pop();

 private:
  struct Slot {
    Callback callback;
    std::uint64_t sequence = 0;  // 0: free
  };

  Callback take_out(std::uint32_t slot);

  IndexedHeap heap_;  // of slots
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_slots_;
  std::uint64_t next_sequence_ = 1;
};

}  // namespace syncline::sim
