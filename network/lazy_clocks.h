// Clocks of actors that go through steps which are alike, reckoned only where something new may happen.
//
// At each of these steps an actor a has the same messages, with the same peers and durations d, and by the rule of schedules
//     c_a(s + 1) = max over its messages, with b, of max(c_a(s), c_b(s)) + d,   or c_a(s) where it has none.
// Let x_a(s) = c_a(s + 1) - c_a(s). This map of (c_a, its peers' c) is made of maxima and sums only: whoever adds the same number
// to all of them adds it to the result. So where a and all its peers have the same x(s), also x_a(s + 1) is that x, and all that
// a does at step s + 1 is what it did at step s, x later: a is *quiet*, and need not be looked at. Whoever is quiet and has none
// but quiet peers stays so, because none of the numbers that make it quiet changes. So after each step only the actors that were
// reckoned, and their peers, can be those to reckon at the next.
//
// The work is that of the steps of actors that are not quiet. In a ring of n ranks, each of which sends to the next:
//
// - c_a(s) is the most that a walk of s steps from a can gain: it goes over links, one a step, or stays, and gains d of the link,
//   or, where it stays, the greater d of the two links there, w; at its end it gains c(0) of that place. A walk does not gain by
//   going back and forth: what it spends there it had better stay where w is greatest. So it goes straight to some place, stays
//   there, and goes straight on to its end.
// - All joined at once, and all links take d but one, that takes d' > d: a walk either stays where it is (s d), or goes to the
//   nearer end of that link, k steps away, and stays there (k d + (s - k) d'). So x_a(s) = d for s < k, and d' from then on. After
//   step s only the four ranks with k = s or k = s + 1 are not quiet. With d' < d, a walk had better not stay there: all are.
// - All links take d, and one rank, k steps away from a, joined later by y: c_a(s) = s d, and y more from s = k on. So x_a(s) = d
//   but for s = k - 1, where it is d + y; again a front of a few ranks goes around.
//
// Both are O(n) for all of the ring's 2(n - 1) steps. Where all links differ in no order, few are the slowest within s steps of
// them, so that at step s some n / s ranks are not quiet, O(n log n) in all. Where each link is a bit slower than the one before,
// each rank takes another time for each step, and there are n^2 times to tell.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace syncline::network {

class LazyClocks {
 public:
  using Clock = std::int64_t;  // picoseconds

  explicit LazyClocks(std::vector<Clock> at_first)
      : clock_(std::move(at_first)),
        gain_(clock_.size(), 0),
        reckoned_(clock_.size(), 0),
        looked_at_(clock_.size(), 0),
        next_(clock_.size(), 0) {}

  std::size_t actors() const { return clock_.size(); }
  /// When it has ended the steps before the one that is being taken; after take(), all steps.
  Clock operator[](std::size_t actor) const { return clock_[actor] + (step_ - reckoned_[actor]) * gain_[actor]; }
  /// How many steps of one actor were reckoned, so far and in all.
  std::int64_t work() const { return work_; }

  /// So many steps. `step(actor)` gives the actor's clock after the step, from these clocks; `repeat(actor, times, gain)` is told
  /// that its last step came so many times more, `gain` later each time; `each_peer(actor, f)` calls f(peer) for all whose clocks
  /// `step` asks for, who have the actor for a peer as well.
  template <class EachPeer, class Step, class Repeat>
  void take(std::int64_t times, EachPeer&& each_peer, Step&& step, Repeat&& repeat) {
    begin();
    while (step_ < times && !busy_.empty()) {
      for (const std::size_t actor : busy_) catch_up(actor, repeat);
      for (const std::size_t actor : busy_) next_[actor] = step(actor);
      ++step_;
      for (const std::size_t actor : busy_) {
        gain_[actor] = next_[actor] - clock_[actor];
        clock_[actor] = next_[actor];
        reckoned_[actor] = step_;
      }
      work_ += static_cast<std::int64_t>(busy_.size());
      if (step_ < times) find_busy(each_peer);
    }
    step_ = times;
    for (std::size_t actor = 0; actor < clock_.size(); ++actor) catch_up(actor, repeat);
  }

 private:
  /// At first everybody is to be reckoned.
  void begin() {
    busy_.clear();
    for (std::size_t actor = 0; actor < clock_.size(); ++actor) {
      busy_.push_back(actor);
      reckoned_[actor] = looked_at_[actor] = 0;
    }
    step_ = 0;
  }

  template <class Repeat>
  void catch_up(std::size_t actor, Repeat& repeat) {
    const std::int64_t times = step_ - reckoned_[actor];
    if (times == 0) return;
    repeat(actor, times, gain_[actor]);
    clock_[actor] += times * gain_[actor];
    reckoned_[actor] = step_;
  }

  /// Those who are not quiet, of the ones that were reckoned and their peers.
  template <class EachPeer>
  void find_busy(EachPeer& each_peer) {
    found_.clear();
    const auto look_at = [&](std::size_t actor) {
      if (looked_at_[actor] == step_) return;
      looked_at_[actor] = step_;
      bool quiet = true;
      each_peer(actor, [&](std::size_t peer) { quiet = quiet && gain_[peer] == gain_[actor]; });
      if (!quiet) found_.push_back(actor);
    };
    for (const std::size_t actor : busy_) {
      look_at(actor);
      each_peer(actor, look_at);
    }
    std::swap(busy_, found_);
  }

  std::int64_t step_ = 0;  // of this take()
  std::int64_t work_ = 0;
  std::vector<Clock> clock_;             // [actor] when it has ended the steps before reckoned_
  std::vector<Clock> gain_;              // [actor] by its last step that was reckoned, and by all since
  std::vector<std::int64_t> reckoned_;   // [actor] steps of this take()
  std::vector<std::int64_t> looked_at_;  // [actor] after which step
  std::vector<Clock> next_;              // [actor] of busy_: after this step
  std::vector<std::size_t> busy_, found_;
};

}  // namespace syncline::network
