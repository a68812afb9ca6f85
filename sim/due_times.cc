#include "sim/due_times.h"

#include <algorithm>

#include "sim/error.h"

namespace syncline::sim {

void DueTimes::set(std::uint32_t index, Time at, std::uint64_t sequence) {
  SYNCLINE_CHECK(at < Time::max(), "due at the end of time");
  if (index >= dues_.size()) dues_.resize(index + std::size_t{1});
  if (dues_[index].at == kNever) ++size_;
  dues_[index] = {at.count(), sequence};
  ladder_.push({at.count(), sequence, index});
  if (ladder_.size() <= tidy_at_) return;
  ladder_.filter([&](const LadderEntry& entry) { return holds(entry); });
  tidy_at_ = 2 * ladder_.size() + kFewOld;
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
