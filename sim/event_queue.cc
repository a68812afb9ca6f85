#include "sim/event_queue.h"

#include <utility>

#include "sim/error.h"

namespace syncline::sim {
namespace {
constexpr std::size_t kArity = 4;
}

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
  heap_.emplace_back();
  sift_up(heap_.size() - 1, {at, sequence, slot});
  return {slot, sequence};
}

bool EventQueue::cancel(EventId id) {
  if (id.slot >= slots_.size() || id.sequence == 0 || slots_[id.slot].sequence != id.sequence) return false;
  take_out(slots_[id.slot].place);
  return true;
}

Time EventQueue::next_time() const {
  SYNCLINE_CHECK(!heap_.empty(), "the next time of an empty event queue");
  return heap_.front().at;
}

EventQueue::Callback EventQueue::pop() {
  SYNCLINE_CHECK(!heap_.empty(), "pop from an empty event queue");
  return take_out(0);
}

EventQueue::Callback EventQueue::take_out(std::size_t place) {
  const std::uint32_t slot = heap_[place].slot;
  Callback callback = std::move(slots_[slot].callback);
  slots_[slot].callback = nullptr;
  slots_[slot].sequence = 0;
  free_slots_.push_back(slot);
  const Entry last = heap_.back();
  heap_.pop_back();
  if (place < heap_.size()) {
    if (place > 0 && last.before(heap_[(place - 1) / kArity])) {
      sift_up(place, last);
    } else {
      sift_down(place, last);
    }
  }
  return callback;
}

void EventQueue::put(std::size_t place, const Entry& entry) {
  heap_[place] = entry;
  slots_[entry.slot].place = place;
}

void EventQueue::sift_up(std::size_t place, const Entry& entry) {
  while (place > 0) {
    const std::size_t parent = (place - 1) / kArity;
    if (!entry.before(heap_[parent])) break;
    put(place, heap_[parent]);
    place = parent;
  }
  put(place, entry);
}

void EventQueue::sift_down(std::size_t place, const Entry& entry) {
  for (;;) {
    const std::size_t first = place * kArity + 1;
    if (first >= heap_.size()) break;
    std::size_t least = first;
    for (std::size_t child = first + 1; child < first + kArity && child < heap_.size(); ++child) {
      if (heap_[child].before(heap_[least])) least = child;
    }
    if (!heap_[least].before(entry)) break;
    put(place, heap_[least]);
    place = least;
  }
  put(place, entry);
}

}  // namespace syncline::sim
