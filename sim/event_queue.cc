#include "sim/event_queue.h"

#include <utility>

#include "sim/error.h"

namespace syncline::sim {

EventId EventQueue::push(Time at, Callback callback) {
  if (free_slots_.empty()) {
    free_slots_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const std::uint32_t slot = free_slots_.back();
  free_slots_.pop_back();
  const std::uint64_t sequence = next_sequence_++;
  slots_[slot].callback = std::move(callback);
  slots_[slot].sequence = sequence;
  heap_.set(slot, at, sequence);
  return {slot, sequence};
}

bool EventQueue::cancel(EventId id) {
  if (id.slot >= slots_.size() || id.sequence == 0 || slots_[id.slot].sequence != id.sequence) return false;
  take_out(id.slot);
  return true;
}

Time EventQueue::next_time() const {
  SYNCLINE_CHECK(!heap_.empty(), "the next time of an empty event queue");
  return heap_.next_time();
}

EventQueue::Callback EventQueue::pop() {
  SYNCLINE_CHECK(!heap_.empty(), "pop from an empty event queue");
  return take_out(heap_.next());
}

EventQueue::Callback EventQueue::take_out(std::uint32_t slot) {
  heap_.remove(slot);
  Callback callback = std::move(slots_[slot].callback);
  slots_[slot].callback = nullptr;
  slots_[slot].sequence = 0;
  free_slots_.push_back(slot);
  return callback;
}

}  // namespace syncline::sim
