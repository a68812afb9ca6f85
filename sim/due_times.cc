#include "sim/due_times.h"

#include <utility>

#include "sim/error.h"

namespace syncline::sim {

void DueTimes::set(std::uint32_t index, Time at, std::uint64_t sequence) {
  SYNCLINE_CHECK(at < Time::max(), "due at the end of time");
  if (index >= dues_.size()) dues_.resize(index + std::size_t{1});
  Due& due = dues_[index];
  if (due.at == at.count() && due.sequence == sequence) return;
  if (due.at == kNever) ++size_;
  due = {at.count(), sequence};
  ladder_.push({at.count(), sequence, index});
  if (ladder_.size() > 2 * size_ + kFewOld) tidy();
}

/// A time that was left and came back has several entries that it holds, of which one is kept.
void DueTimes::tidy() {
  ladder_.filter([&](const LadderEntry& entry) { return holds(entry) && !std::exchange(dues_[entry.slot].kept, true); });
  for (Due& due : dues_) due.kept = false;
}

void DueTimes::remove(std::uint32_t index) {
  if (index >= dues_.size() || dues_[index].at == kNever) return;
  dues_[index].at = kNever;
  --size_;
}

const LadderEntry& DueTimes::first() {
  const auto fetch = [](const LadderEntry&) {};
  while (!holds(ladder_.first(fetch))) ladder_.pop();
  return ladder_.first(fetch);
}

}  // namespace syncline::sim
