#include "network/collapsed_play.h"

#include <algorithm>
#include <limits>

#include "sim/error.h"

namespace syncline::network {
namespace {

struct Message {
  int peer = -1;  // none
  std::int64_t elements = 0;
};

/// The one message that the pieces make up; several where `single` comes back false.
Message message_of(std::span<const Piece> pieces, bool& single) {
  Message result;
  for_each_message(pieces, [&](int peer, std::int64_t elements) {
    if (result.peer >= 0) single = false;
    result = {peer, elements};
  });
  return result;
}

}  // namespace

class CollapsedPlay::Builder {
 public:
  Builder(CollapsedPlay& made, FlowNetwork& flows, std::span<const NodeId> nodes)
      : made_(made), schedule_(*made.schedule_), flows_(flows), nodes_(nodes) {}

  /// False where a condition does not hold.
  bool build() {
    if (schedule_.lanes != 1 || !find_turns()) return false;
    made_.owners_.assign(flows_.topology().links().size(), LinkOwner{});
    senders_.assign(made_.owners_.size(), -1);
    receivers_.assign(made_.owners_.size(), -1);
    made_.ways_.resize(static_cast<std::size_t>(schedule_.ranks));
    for (int rank = 0; rank < schedule_.ranks; ++rank) {
      for (const int turn : turns_[static_cast<std::size_t>(rank % period_)]) {
        if (!add_way(rank, turn)) return false;
      }
    }
    name_owners();
    made_.period_ = least_period();
    made_.ways_.resize(static_cast<std::size_t>(made_.period_));
    return true;
  }

 private:
  static constexpr std::int32_t kNobody = -1, kSeveral = -2;

  /// Whom the ranks of the schedule's own period send to.
  bool find_turns() {
    period_ = schedule_.period > 0 ? schedule_.period : schedule_.ranks;
    turns_.resize(static_cast<std::size_t>(period_));
    Moves moves;
    bool single = true;
    for_each_run(schedule_, [&](int step, int) {
      for (int rank = 0; rank < period_ && single; ++rank) {
        schedule_.moves(rank, step, moves);
        const Message sent = message_of(moves.sends, single);
        message_of(moves.receives, single);
        if (sent.peer < 0) continue;
        std::vector<int>& turns = turns_[static_cast<std::size_t>(rank)];
        const int turn = (sent.peer - rank + schedule_.ranks) % schedule_.ranks;
        if (std::find(turns.begin(), turns.end(), turn) == turns.end()) turns.push_back(turn);
      }
    });
    return single;
  }

  bool add_way(int rank, int turn) {
    const int peer = (rank + turn) % schedule_.ranks;
    const std::vector<LinkId>& route =
        flows_.route(nodes_[static_cast<std::size_t>(rank)], nodes_[static_cast<std::size_t>(peer)]);
    Way way{turn, Bandwidth::bytes_per_second(std::numeric_limits<double>::infinity()), flows_.latency(route)};
    for (const LinkId id : route) {
      const auto link = static_cast<std::size_t>(id.value);
      way.capacity = std::min(way.capacity, flows_.capacity(id));
      if (note(senders_[link], rank) == kSeveral && note(receivers_[link], peer) == kSeveral) return false;
      note(receivers_[link], peer);
    }
    made_.ways_[static_cast<std::size_t>(rank)].push_back(way);
    return true;
  }

  static std::int32_t note(std::int32_t& who, int rank) {
    if (who == kNobody) who = rank;
    if (who != rank) who = kSeveral;
    return who;
  }

  void name_owners() {
    for (std::size_t link = 0; link < senders_.size(); ++link) {
      if (senders_[link] >= 0) {
        made_.owners_[link] = {senders_[link], true};
      } else if (receivers_[link] >= 0) {
        made_.owners_[link] = {receivers_[link], false};
      }
    }
  }

  /// The least multiple of the schedule's period that divides the ranks and by which all ways repeat.
  int least_period() const {
    for (int period = period_; period < schedule_.ranks; period += period_) {
      if (schedule_.ranks % period != 0) continue;
      if (std::equal(made_.ways_.begin() + period, made_.ways_.end(), made_.ways_.begin())) return period;
    }
    return schedule_.ranks;
  }

  CollapsedPlay& made_;
  const Schedule& schedule_;
  FlowNetwork& flows_;
  std::span<const NodeId> nodes_;
  int period_ = 0;                                 // of the schedule
  std::vector<std::vector<int>> turns_;            // [rank below it]
  std::vector<std::int32_t> senders_, receivers_;  // [link] the only one so far, kNobody or kSeveral
};

std::optional<CollapsedPlay> CollapsedPlay::prove(const Schedule& schedule, const Terms& terms, FlowNetwork& flows,
                                                  std::span<const NodeId> nodes) {
  CollapsedPlay made(schedule, terms);
  if (!Builder(made, flows, nodes).build()) return std::nullopt;
  return made;
}

Time CollapsedPlay::duration(int from, int to, std::int64_t elements) const {
  const int turn = (to - from + schedule_->ranks) % schedule_->ranks;
  const std::vector<Way>& ways = ways_[static_cast<std::size_t>(from % period_)];
  const auto way = std::find_if(ways.begin(), ways.end(), [&](const Way& each) { return each.turn == turn; });
  SYNCLINE_CHECK(way != ways.end(), "a message on a way that was not looked at");
  const Bytes bytes = terms_.on_wire(elements);
  const Time latency = std::max(way->latency, terms_.step);
  if (bytes == Bytes(0) || way->capacity.in_bytes_per_second() == std::numeric_limits<double>::infinity()) return latency;
  return transfer_time(bytes, std::min(way->capacity, Bandwidth::bytes_per_second(terms_.cap))) + latency;
}

/// One play, for the first ranks, which stand for all.
class CollapsedPlay::Reckoning {
 public:
  Reckoning(const CollapsedPlay& play, std::span<const Time> joined)
      : play_(play), schedule_(*play.schedule_), count_(static_cast<int>(joined.size())) {
    for (const Time time : joined) clock_.push_back(time.count());
    before_ = clock_;
    ends_.resize(joined.size());
    moves_.resize(joined.size());
    timings_.resize(joined.size());
  }

  std::vector<RankTiming> run() {
    for_each_run(schedule_, [&](int step, int count) {
      look_up(step);
      while (count > 0) {
        take_step();
        --count;
        if (added_the_same()) {
          repeat(count);
          count = 0;
        }
      }
    });
    for (std::size_t r = 0; r < timings_.size(); ++r) timings_[r].ended = Time::picoseconds(clock_[r]);
    return std::move(timings_);
  }

 private:
  /// What a rank does at a step: its peers among the first ranks (itself where it has none), and how long the messages take.
  struct Ends {
    std::size_t to = 0, from = 0;
    std::int64_t sent = -1, received = -1;  // -1: none
  };

  struct Move {
    std::int64_t begin = 0, end = 0;  // picoseconds
  };

  void look_up(int step) {
    Moves moves;
    bool single = true;
    for (int rank = 0; rank < count_; ++rank) {
      schedule_.moves(rank, step, moves);
      const Message sent = message_of(moves.sends, single), received = message_of(moves.receives, single);
      Ends& ends = ends_[static_cast<std::size_t>(rank)];
      ends = {static_cast<std::size_t>(rank), static_cast<std::size_t>(rank), -1, -1};
      if (sent.peer >= 0) {
        ends.to = static_cast<std::size_t>(sent.peer % count_);
        ends.sent = play_.duration(rank, sent.peer, sent.elements).count();
      }
      if (received.peer >= 0) {
        ends.from = static_cast<std::size_t>(received.peer % count_);
        ends.received = play_.duration(received.peer, rank, received.elements).count();
      }
    }
  }

  void take_step() {
    std::swap(clock_, before_);
    for (std::size_t r = 0; r < ends_.size(); ++r) {
      const Ends& ends = ends_[r];
      const std::int64_t now = before_[r];
      std::vector<Move>& moves = moves_[r];
      moves.clear();
      clock_[r] = now;
      if (ends.sent >= 0) move(r, std::max(now, before_[ends.to]), ends.sent);
      if (ends.received >= 0) move(r, std::max(now, before_[ends.from]), ends.received);
      if (moves.size() == 2 && moves[1].begin < moves[0].begin) std::swap(moves[0], moves[1]);
      if (moves.size() == 2 && moves[1].begin <= moves[0].end) {
        moves[0].end = std::max(moves[0].end, moves[1].end);
        moves.pop_back();
      }
      for (const Move& each : moves) append(timings_[r].moved, Time::picoseconds(each.begin), Time::picoseconds(each.end));
    }
  }

  void move(std::size_t rank, std::int64_t begin, std::int64_t duration) {
    moves_[rank].push_back({begin, begin + duration});
    clock_[rank] = std::max(clock_[rank], begin + duration);
  }

  /// To all ranks' clocks, at the last step.
  bool added_the_same() const {
    for (std::size_t r = 1; r < clock_.size(); ++r) {
      if (clock_[r] - before_[r] != clock_[0] - before_[0]) return false;
    }
    return true;
  }

  /// The last step, so many times more.
  void repeat(int times) {
    if (times == 0) return;
    const Time every = Time::picoseconds(clock_[0] - before_[0]);
    for (std::size_t r = 0; r < clock_.size(); ++r) {
      for (const Move& last : moves_[r]) {
        const Time begin = Time::picoseconds(last.begin) + every, end = Time::picoseconds(last.end) + every;
        if (end - begin == every) {
          append(timings_[r].moved, begin, begin + times * every);  // without a pause
        } else {
          timings_[r].moved.push_back({begin, end, times, every});
        }
      }
      clock_[r] += (times * every).count();
    }
  }

  const CollapsedPlay& play_;
  const Schedule& schedule_;
  int count_;
  // [rank] picoseconds:
  std::vector<std::int64_t> clock_, before_;  // when it has ended its steps so far, and those before the last
  std::vector<Ends> ends_;
  std::vector<std::vector<Move>> moves_;  // [rank] of the last step, in order and apart from one another
  std::vector<RankTiming> timings_;
};

std::vector<RankTiming> CollapsedPlay::play(std::span<const Time> joined) const {
  // Where already the joins repeat by the period, so does all else.
  const auto period = static_cast<std::size_t>(period_);
  SYNCLINE_CHECK(joined.size() % period == 0, "joins of a part of a period");
  if (!std::equal(joined.begin() + period_, joined.end(), joined.begin())) return Reckoning(*this, joined).run();
  std::vector<RankTiming> timings = Reckoning(*this, joined.first(period)).run();
  for (std::size_t r = period; r < joined.size(); ++r) timings.push_back(timings[r - period]);
  return timings;
}

}  // namespace syncline::network
