#include "network/collective_play.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace syncline::network {

CollectivePlay::CollectivePlay(Stage stage, const Schedule& schedule, const Terms& terms, RankEnded ended, CollectivePlay* before)
    : stage_(stage),
      schedule_(schedule),
      terms_(terms),
      ended_(std::move(ended)),
      before_(before),
      actors_(static_cast<std::size_t>(schedule.actors())),
      ranks_(static_cast<std::size_t>(schedule.ranks), Rank{schedule.lanes, 0, Time::max(), {}, {}}) {
  if (before_ != nullptr) before_->after_ = this;
  if (schedule.asked_at == 0) return;
  const auto ranks = static_cast<std::size_t>(schedule.ranks);
  behind_.resize(ranks);
  line_ = before_ != nullptr ? before_->line_
                             : std::make_shared<Line>(std::vector<CollectivePlay*>(ranks), std::vector<CollectivePlay*>(ranks));
}

CollectivePlay::~CollectivePlay() {
  if (before_ != nullptr) before_->after_ = after_;
  if (after_ != nullptr) after_->before_ = before_;
}

void CollectivePlay::join(int rank) {
  ++joined_;
  for (int lane = 0; lane < schedule_.lanes; ++lane) advance(lane * schedule_.ranks + rank);
}

void CollectivePlay::advance(int actor) {
  Actor& self = at(actor);
  const int step = self.step;
  const bool waited = self.waits;
  bool asks = false;
  while (self.open == 0 && self.step + 1 < schedule_.steps) {
    if (line_ != nullptr && !self.waits && actor < schedule_.ranks && line_up(actor, self.step + 1)) asks = true;
    self.waits = !may_enter(actor);
    if (self.waits) break;
    enter(actor);
  }
  if (waited && self.waits && self.step == step) return;
  const bool ends = self.open == 0 && !self.waits;
  if (ends) self.step = schedule_.steps;
  if (after_ != nullptr && after_->at(actor).waits) after_->advance(actor);
  if (asks) wake_asker(actor);
  if (ends) end_lane(schedule_.rank_of(actor));
}

// Of a message's two ends, the one that comes to its step last starts it.
void CollectivePlay::enter(int actor) {
  Actor& self = at(actor);
  schedule_.moves(actor, ++self.step, moves_);
  if (asks_before(actor, self.step)) {
    const bool next_asks = after_ != nullptr && after_->at(actor).waits && after_->at(actor).step == self.step - 1;
    line_->first_asking[static_cast<std::size_t>(actor)] = next_asks ? after_ : nullptr;
  }
  const auto count = [&](int, std::int64_t) { ++self.open; };
  for_each_message(moves_.sends, count);
  for_each_message(moves_.receives, count);
  for_each_message(moves_.sends, [&](int peer, std::int64_t elements) {
    if (at(peer).step == self.step) start(actor, peer, elements);
  });
  for_each_message(moves_.receives, [&](int peer, std::int64_t elements) {
    if (at(peer).step == self.step) start(peer, actor, elements);
  });
}

bool CollectivePlay::may_enter(int actor) const {
  const int step = actors_[static_cast<std::size_t>(actor)].step + 1;
  if (asks_before(actor, step)) {
    const CollectivePlay* const behind = behind_[static_cast<std::size_t>(actor)];
    if (behind != this && !behind->has_left(actor, step)) return false;
  }
  if (before_ == nullptr) return true;
  int begin = 0;
  for (const int end : schedule_.stages) {
    if (step == begin) return before_->has_left(actor, end);
    begin = end;
  }
  return true;
}

// Plays come to a stage in their order, and none ends before those before it: whom this one waits behind is there as long as it is.
// A play that some rank has yet to join is not waited for, as that rank may do so only when it has had this one's end.
bool CollectivePlay::line_up(int rank, int step) {
  const auto place = static_cast<std::size_t>(rank);
  const auto stage = std::ranges::find(schedule_.stages, schedule_.asked_at);
  const int queued_at = stage == schedule_.stages.begin() ? 0 : *std::prev(stage);
  if (step == queued_at) line_->last_queued[place] = this;
  if (!asks_before(rank, step)) return false;
  const CollectivePlay* last = line_->last_queued[place];
  while (last != this && last->joined_ < schedule_.ranks) last = last->before_;
  behind_[place] = last;
  if (line_->first_asking[place] == nullptr) line_->first_asking[place] = this;
  return true;
}

void CollectivePlay::wake_asker(int rank) {
  CollectivePlay* const first = line_->first_asking[static_cast<std::size_t>(rank)];
  if (first != nullptr && first != this && first->behind_[static_cast<std::size_t>(rank)] == this) first->advance(rank);
}

bool CollectivePlay::has_left(int actor, int step) const {
  const Actor& other = actors_[static_cast<std::size_t>(actor)];
  return other.step + (other.waits ? 1 : 0) >= step;
}

void CollectivePlay::start(int from, int to, std::int64_t elements) {
  for (const int end : {from, to}) begin_moving(rank_of(end));
  const auto pass = [&](std::function<void()> passed) {
    stage_.flows.start(node(from), node(to), terms_.on_wire(elements), std::move(passed), {1, terms_.cap, terms_.gates});
  };
  if (terms_.step == Time::zero()) {  // nothing to wait for, nor to remember
    pass([this, from, to] { arrive(from, to); });
  } else {
    pass([this, from, to, begin = stage_.simulator.now()] { pass_wire(from, to, begin); });
  }
}

// Where it moves on at the very time at which it had ended, it has not paused.
void CollectivePlay::begin_moving(Rank& rank) {
  if (rank.under_way++ > 0) return;
  const Time now = stage_.simulator.now();
  if (rank.moving_since <= now && rank.moved_until == now) return;
  note_moved(rank);
  rank.moving_since = now;
}

void CollectivePlay::note_moved(Rank& rank) {
  if (rank.moving_since <= rank.moved_until) append(rank.timing.moved, rank.moving_since, rank.moved_until);
}

// The last byte has come over the links, the route's latency included; the stack may need longer.
void CollectivePlay::pass_wire(int from, int to, Time begin) {
  const Time latency = stage_.flows.latency(stage_.flows.way(node(from), node(to), terms_.gates));
  const Time on_links = stage_.simulator.now() - latency - begin;
  const Time left = terms_.lag(on_links, latency) - latency;
  if (left <= Time::zero()) return arrive(from, to);
  stage_.simulator.schedule_after(left, [this, from, to] { arrive(from, to); });
}

void CollectivePlay::arrive(int from, int to) {
  for (const int end : {from, to}) {
    Rank& rank = rank_of(end);
    if (--rank.under_way == 0) rank.moved_until = stage_.simulator.now();
  }
  for (const int end : {from, to}) {
    if (--at(end).open == 0) advance(end);
  }
}

void CollectivePlay::end_lane(int rank) {
  Rank& self = ranks_[static_cast<std::size_t>(rank)];
  if (--self.lanes_left > 0) return;
  note_moved(self);
  self.timing.ended = stage_.simulator.now();
  ended_(rank, std::move(self.timing));
}

}  // namespace syncline::network
