#include "network/finish_queue.h"

#include <algorithm>

namespace syncline::network {
namespace {
constexpr std::size_t kArity = 4;
}

void FinishQueue::set(std::uint32_t index, Time at) {
  if (index >= place_.size()) place_.resize(index + std::size_t{1}, kNowhere);
  std::size_t place = place_[index];
  if (place == kNowhere) {
    place = heap_.size();
    heap_.emplace_back();
  }
  sift(place, {at, index});
}

void FinishQueue::remove(std::uint32_t index) {
  if (index >= place_.size() || place_[index] == kNowhere) return;
  const std::size_t place = place_[index];
  place_[index] = kNowhere;
  const Entry last = heap_.back();
  heap_.pop_back();
  if (place < heap_.size()) sift(place, last);
}

void FinishQueue::put(std::size_t place, const Entry& entry) {
  heap_[place] = entry;
  place_[entry.index] = static_cast<std::uint32_t>(place);
}

/// Up or down to where it belongs, from a place that it may take.
void FinishQueue::sift(std::size_t place, const Entry& entry) {
  while (place > 0 && entry.before(heap_[(place - 1) / kArity])) {
    put(place, heap_[(place - 1) / kArity]);
    place = (place - 1) / kArity;
  }
  for (;;) {
    const std::size_t first = place * kArity + 1;
    if (first >= heap_.size()) break;
    const std::size_t end = std::min(first + kArity, heap_.size());
    std::size_t least = first;
    for (std::size_t child = first + 1; child < end; ++child) {
      if (heap_[child].before(heap_[least])) least = child;
    }
    if (!heap_[least].before(entry)) break;
    put(place, heap_[least]);
    place = least;
  }
  put(place, entry);
}

}  // namespace syncline::network
