#include "network/collective_play.h"

#include <cmath>
#include <utility>

namespace syncline::network {

Bytes WireSize::operator()(std::int64_t elements) const {
  const std::int64_t payload = elements * element_bytes;
  if (efficiency == 1) return Bytes(payload);
  return Bytes(static_cast<std::int64_t>(std::ceil(static_cast<double>(payload) / efficiency)));
}

CollectivePlay::CollectivePlay(Stage stage, const Schedule& schedule, WireSize wire, const Terms& terms, RankEnded ended)
    : stage_(stage),
      schedule_(schedule),
      wire_(wire),
      step_(terms.step),
      cap_(terms.cap),
      ended_(std::move(ended)),
      actors_(static_cast<std::size_t>(schedule.actors())),
      ranks_(static_cast<std::size_t>(schedule.ranks), Rank{schedule.lanes, 0, Time::zero(), {}}) {}

void CollectivePlay::join(int rank) {
  for (int lane = 0; lane < schedule_.lanes; ++lane) advance(lane * schedule_.ranks + rank);
}

// Of a message's two ends, the one that comes to its step last starts it.
void CollectivePlay::advance(int actor) {
  Actor& self = at(actor);
  while (++self.step < schedule_.steps) {
    schedule_.moves(actor, self.step, moves_);
    const auto count = [&](int, std::int64_t) { ++self.open; };
    for_each_message(moves_.sends, count);
    for_each_message(moves_.receives, count);
    if (self.open == 0) continue;
    for_each_message(moves_.sends, [&](int peer, std::int64_t elements) {
      if (at(peer).step == self.step) start(actor, peer, elements);
    });
    for_each_message(moves_.receives, [&](int peer, std::int64_t elements) {
      if (at(peer).step == self.step) start(peer, actor, elements);
    });
    return;
  }
  end_lane(schedule_.rank_of(actor));
}

void CollectivePlay::start(int from, int to, std::int64_t elements) {
  for (const int end : {from, to}) begin_moving(rank_of(end));
  stage_.flows.start(node(from), node(to), wire_(elements), [this, from, to] { last_byte(from, to); }, {1, cap_});
}

// It is there after the route's latency; the stack may need longer.
void CollectivePlay::last_byte(int from, int to) {
  Time lag = Time::zero();
  if (step_ > Time::zero()) lag = step_ - stage_.flows.latency(stage_.flows.route(node(from), node(to)));
  if (lag <= Time::zero()) return arrive(from, to);
  stage_.simulator.schedule_after(lag, [this, from, to] { arrive(from, to); });
}

void CollectivePlay::arrive(int from, int to) {
  for (const int end : {from, to}) end_moving(rank_of(end));
  for (const int end : {from, to}) {
    if (--at(end).open == 0) advance(end);
  }
}

void CollectivePlay::begin_moving(Rank& rank) {
  if (rank.moving++ > 0) return;
  rank.moving_since = stage_.simulator.now();
  if (rank.moved.empty() || rank.moved.back().end < rank.moving_since) return;
  rank.moving_since = rank.moved.back().begin;  // it goes on where it had just stopped
  rank.moved.pop_back();
}

void CollectivePlay::end_moving(Rank& rank) {
  if (--rank.moving == 0) rank.moved.push_back({rank.moving_since, stage_.simulator.now()});
}

void CollectivePlay::end_lane(int rank) {
  Rank& self = ranks_[static_cast<std::size_t>(rank)];
  if (--self.lanes_left == 0) ended_(rank);
}

}  // namespace syncline::network
