#include "network/token_bucket.h"

#include <algorithm>

namespace syncline::network {
namespace {

// A link that is full has the load of its capacity but for the rounding of a sum of shares.
constexpr double kRounding = 1e-9;

}  // namespace

void TokenBucket::advance(Time now) {
  const bool empty = empty_at() <= now;
  tokens_ = empty ? 0 : std::clamp(tokens_ + (capacity_ - load_) * (now - since_).seconds(), 0.0, full());
  since_ = now;
}

void TokenBucket::set_load(Time now, double load) {
  advance(now);
  load_ = load;
  if (tokens_ == 0 && load > capacity_ * (1 + kRounding)) open_ = false;
  if (load < capacity_ * (1 - kRounding)) open_ = true;
}

void TokenBucket::drain(Time now) {
  advance(now);
  tokens_ = 0;
}

void TokenBucket::set_capacity(Time now, double capacity) {
  advance(now);
  capacity_ = capacity;
}

Time TokenBucket::empty_at() const {
  if (!open_ || load_ <= capacity_ * (1 + kRounding)) return Time::max();
  return since_ + Time::from_seconds(tokens_ / (load_ - capacity_));
}

}  // namespace syncline::network
