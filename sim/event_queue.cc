#include "sim/event_queue.h"

#include "sim/error.h"

namespace syncline::sim {
namespace {
constexpr std::size_t kFewDead = 64;  // entries not worth tidying up
}

EventId EventQueue::push(Time at, Callback&& callback) {
  if (free_slots_.empty()) {
    free_slots_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const std::uint32_t slot = free_slots_.back();
  free_slots_.pop_back();
  const std::uint64_t sequence = next_sequence_++;
  slots_[slot].callback.swap(callback);
  slots_[slot].sequence = sequence;
  ladder_.push({at.count(), sequence, slot});
  ++size_;
  return {slot, sequence};
}

bool EventQueue::cancel(EventId id) {
  if (id.slot >= slots_.size() || id.sequence == 0 || slots_[id.slot].sequence != id.sequence) return false;
  slots_[id.slot].callback = nullptr;
  release(id.slot);
  if (ladder_.size() > 2 * size_ + kFewDead) ladder_.filter([&](const LadderEntry& entry) { return is_live(entry); });
  return true;
}

void EventQueue::release(std::uint32_t slot) {
  slots_[slot].sequence = 0;
  free_slots_.push_back(slot);
  --size_;
}

const LadderEntry& EventQueue::first_live() {
  // The slots of entries that come near are fetched ahead: in a large queue each lies somewhere else.
  const auto fetch = [&](const LadderEntry& entry) { __builtin_prefetch(&slots_[entry.slot]); };
  while (!is_live(ladder_.first(fetch))) ladder_.pop();
  return ladder_.first(fetch);
}

Time EventQueue::next_time() {
  SYNCLINE_CHECK(!empty(), "the next time of an empty event queue");
  return Time::picoseconds(first_live().at);
}

EventQueue::Callback EventQueue::pop() {
  SYNCLINE_CHECK(!empty(), "pop from an empty event queue");
  const std::uint32_t slot = first_live().slot;
  Callback callback;
  callback.swap(slots_[slot].callback);
  release(slot);
  ladder_.pop();
  return callback;
}

}  // namespace syncline::sim
