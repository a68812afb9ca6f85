// A link that lets bursts pass, as Linux's tbf queueing discipline (tc-tbf(8)), policers and cloud providers' limits do: a bucket
// holds up to `burst` bytes of tokens and fills at the link's capacity; bytes pass at `peak` while it has tokens, and at the
// capacity when it is empty. So in any T seconds at most burst + capacity T bytes pass.
//
// As a fluid: at load x the tokens change by capacity - x a second. The bucket is open (passes at `peak`) until it runs empty under
// a load above the capacity, and opens again as soon as the load is below the capacity: flows are then held up elsewhere, so
// opening it changes no rate by itself, and it cannot flicker.
#pragma once

#include "sim/units.h"

namespace syncline::network {

/// What passes above a link's capacity. No bytes: nothing does.
struct Burst {
  Bytes bytes = Bytes(0);
  Bandwidth peak = Bandwidth();
};

class TokenBucket {
 public:
  /// Full at time zero, and without load. `capacity`: bytes per second.
  TokenBucket(Burst burst, double capacity) : burst_(burst), capacity_(capacity), tokens_(full()) {}

  /// What may pass from now on, in bytes per second.
  double passes() const { return open_ ? burst_.peak.in_bytes_per_second() : capacity_; }
  /// From `now` on, this load (bytes per second) passes. Never goes back in time.
  void set_load(Time now, double load);
  void set_capacity(Time now, double capacity);
  /// Takes all tokens out.
  void drain(Time now);
  /// When it runs empty if the load stays; Time::max() where it does not.
  Time empty_at() const;

 private:
  double full() const { return static_cast<double>(burst_.bytes.count()); }
  void advance(Time now);

  Burst burst_;
  double capacity_;
  double tokens_;  // bytes, at since_
  double load_ = 0;
  Time since_ = Time::zero();
  bool open_ = true;
};

}  // namespace syncline::network
