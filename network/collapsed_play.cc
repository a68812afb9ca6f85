#include "network/collapsed_play.h"

#include <algorithm>
#include <array>

#include "network/lazy_clocks.h"
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
    const Route route =
        flows_.route(nodes_[static_cast<std::size_t>(rank)], nodes_[static_cast<std::size_t>(peer)], made_.terms_.gates);
    const Way way{turn, route.links.empty() ? kNoCap : flows_.alone_rate(route, made_.terms_.cap), flows_.latency(route)};
    for (const LinkId id : route.links) {
      const auto link = static_cast<std::size_t>(id.value);
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
  Time on_links = Time::zero();
  if (bytes > Bytes(0) && way->rate < kNoCap) on_links = transfer_time(bytes, Bandwidth::bytes_per_second(way->rate));
  return on_links + terms_.lag(on_links, way->latency);
}

/// One play, for the first ranks, which stand for all.
class CollapsedPlay::Reckoning {
 public:
  Reckoning(const CollapsedPlay& play, std::span<const Time> joined)
      : play_(play), schedule_(*play.schedule_), clocks_(picoseconds(joined)) {
    ends_.resize(joined.size());
    moves_.resize(joined.size());
    timings_.resize(joined.size());
  }

  std::vector<RankTiming> run() {
    for_each_run(schedule_, [&](int step, int times) {
      look_up(step);
      clocks_.take(
          times, [this](std::size_t rank, auto&& f) { f(ends_[rank].to), f(ends_[rank].from); },
          [this](std::size_t rank) { return take_step(rank); },
          [this](std::size_t rank, std::int64_t again, std::int64_t gain) { repeat(rank, again, Time::picoseconds(gain)); });
    });
    for (std::size_t rank = 0; rank < timings_.size(); ++rank) timings_[rank].ended = Time::picoseconds(clocks_[rank]);
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

  /// Those of one rank's step, in order and apart from one another.
  struct StepMoves {
    std::array<Move, 2> each;
    std::size_t count = 0;
    std::span<const Move> all() const { return std::span(each).first(count); }
  };

  static std::vector<std::int64_t> picoseconds(std::span<const Time> times) {
    std::vector<std::int64_t> result;
    for (const Time time : times) result.push_back(time.count());
    return result;
  }

  void look_up(int step) {
    Moves moves;
    bool single = true;
    const auto count = static_cast<int>(ends_.size());
    for (int rank = 0; rank < count; ++rank) {
      schedule_.moves(rank, step, moves);
      const Message sent = message_of(moves.sends, single), received = message_of(moves.receives, single);
      Ends& ends = ends_[static_cast<std::size_t>(rank)];
      ends = {static_cast<std::size_t>(rank), static_cast<std::size_t>(rank), -1, -1};
      if (sent.peer >= 0) {
        ends.to = static_cast<std::size_t>(sent.peer % count);
        ends.sent = play_.duration(rank, sent.peer, sent.elements).count();
      }
      if (received.peer >= 0) {
        ends.from = static_cast<std::size_t>(received.peer % count);
        ends.received = play_.duration(received.peer, rank, received.elements).count();
      }
    }
  }

  /// The rank's clock after it.
  std::int64_t take_step(std::size_t rank) {
    const Ends& ends = ends_[rank];
    StepMoves& moves = moves_[rank];
    moves.count = 0;
    const std::int64_t now = clocks_[rank];
    std::int64_t after = now;
    const auto move = [&](std::size_t peer, std::int64_t duration) {
      if (duration < 0) return;
      const std::int64_t begin = std::max(now, clocks_[peer]);
      moves.each[moves.count++] = {begin, begin + duration};
      after = std::max(after, begin + duration);
    };
    move(ends.to, ends.sent);
    move(ends.from, ends.received);
    auto& [first, second] = moves.each;
    if (moves.count == 2 && second.begin < first.begin) std::swap(first, second);
    if (moves.count == 2 && second.begin <= first.end) {
      first.end = std::max(first.end, second.end);
      moves.count = 1;
    }
    for (const Move& each : moves.all()) {
      append(timings_[rank].moved, Time::picoseconds(each.begin), Time::picoseconds(each.end));
    }
    return after;
  }

  /// The rank's last step, so many times more.
  void repeat(std::size_t rank, std::int64_t times, Time every) {
    std::vector<Interval>& moved = timings_[rank].moved;
    for (const Move& last : moves_[rank].all()) {
      const Time begin = Time::picoseconds(last.begin) + every, end = Time::picoseconds(last.end) + every;
      if (end - begin == every) {
        append(moved, begin, begin + times * every);  // without a pause
      } else {
        moved.push_back({begin, end, times, every});
      }
    }
  }

  const CollapsedPlay& play_;
  const Schedule& schedule_;
  LazyClocks clocks_;
  std::vector<Ends> ends_;        // [rank]
  std::vector<StepMoves> moves_;  // [rank] of its last step
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
