// A collective without its flows: the times that the exact play (network/collective_play) gives, to the picosecond, reckoned from
// the schedule where it can be proven that they are the same.
//
// Conditions. Nothing else is on the network and no link changes; each rank is one actor that sends at most one message and
// receives at most one at a step; and of each link, all messages that cross it have one sender, or all have one receiver.
//
// 1. No two flows are ever on one link. Two messages of one sender are of different steps, and the later one starts when the
//    earlier has arrived; likewise for one receiver. So a message has the least capacity of its route to itself (where the route
//    has several ways, what they get side by side: FlowNetwork::alone_rate), and takes
//        d = transfer_time(bytes, that capacity or the terms' cap) + latency of the route or the terms' step (Terms::lag)
//    from its start, the lesser capacity and the longer latency counting, whatever the others do. The terms are the same for all
//    messages of a play, so what follows knows d only.
// 2. Let c_a(s) be when rank a has ended its steps before s; c_a(0) is when it joins. By the rule of schedules, a message from
// a to b at step s starts at max(c_a(s), c_b(s)). So
//        c_a(s + 1) = max over a's messages at step s, to or from b, of max(c_a(s), c_b(s)) + d,   or c_a(s) where it has none:
//    a map F_s of vectors of whole numbers, made of maxima and sums only.
// 3. Where turning all ranks on by P leaves the schedule, all d and the joins as they are, it leaves all c as they are: the first
//    P ranks stand for all.
// 4. F_s(c + x) = F_s(c) + x for a number x added to all, and F_s gives a rank's clock from its own and its peers' alone. At steps
//    that are alike F is the same map. So once a rank and its peers have all added the same number at a step, the rank adds it at
//    the next one, too, and its messages are as they were, that much later: network/lazy_clocks has the proof, and what follows
//    from it for rings.
//
// So the work is P times the steps until then: O(1) for a ring on equal links, O(P) for one over machines of P GPUs; O(n) in all
// where one link or one rank differs from the others, as what is new there goes around the ring as a front of a few ranks; more
// where more differ, and O(n^2) at most. To find routes, owners of links and P takes O(n) for a ring.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "network/collective_play.h"

namespace syncline::network {

/// The one rank at whose end all messages that cross a link are.
struct LinkOwner {
  std::int32_t rank = -1;  // -1: nobody's messages cross it
  bool sends = false;      // the owner is their sender, else their receiver
  friend bool operator==(const LinkOwner&, const LinkOwner&) = default;
};

class CollapsedPlay {
 public:
  /// Nothing where the schedule and routes do not fulfil the conditions; that nothing else is on the network, and that no link
  /// changes, is for the caller to know. `schedule` must outlive the result.
  static std::optional<CollapsedPlay> prove(const Schedule& schedule, const Terms& terms, FlowNetwork& flows,
                                            std::span<const NodeId> nodes);

  /// Ranks whose numbers differ by a multiple of this are alike. Divides the number of ranks.
  int period() const { return period_; }
  const std::vector<LinkOwner>& owners() const { return owners_; }  // [LinkId::value]

  /// joined[r] for the first ranks, as many as are asked for: all, or a multiple of period() that divides all, in which case the
  /// joins of the others repeat them. The result is as long.
  std::vector<RankTiming> play(std::span<const Time> joined) const;

 private:
  /// Messages from one rank to another: the peer's number is the rank's plus `turn`, modulo ranks.
  struct Way {
    int turn = 0;
    double rate = kNoCap;  // bytes per second; without end where there is no link
    Time latency;
    friend bool operator==(const Way&, const Way&) = default;
  };
  class Builder;
  class Reckoning;

  CollapsedPlay(const Schedule& schedule, const Terms& terms) : schedule_(&schedule), terms_(terms) {}
  Time duration(int from, int to, std::int64_t elements) const;

  const Schedule* schedule_;
  Terms terms_;
  int period_ = 0;
  std::vector<std::vector<Way>> ways_;  // [rank below period]
  std::vector<LinkOwner> owners_;
};

}  // namespace syncline::network
