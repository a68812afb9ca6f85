// A collective as a generator: what each rank sends and receives at each of its steps. Nothing is stored but where everybody is,
// so a play needs memory for the ranks, not for the transfers.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace syncline::network {

/// One end of a transfer. The pieces that an actor has for one peer at one step, which follow each other in its list, travel as
/// one message; the peer lists the same pieces in the same order.
struct Piece {
  int peer = 0;                       // the actor at the other end, never the same one
  std::int64_t begin = 0, count = 0;  // elements [begin, begin + count) of this end's own buffer
  bool reduce = false;                // at the receiving end: added to what is there, not copied over it
};

/// What one actor does at one step.
struct Moves {
  std::vector<Piece> sends, receives;
  void clear() {
    sends.clear();
    receives.clear();
  }
};

/// A rank is one actor, or several that do not wait for each other, one in each lane: actor a stands for rank a % ranks. An actor
/// goes from step to step: a message of step s starts when both its ends have ended all messages of their steps before s, and
/// their ranks have joined. It reads its elements when it starts and writes them when it has arrived; so of two that swap, each
/// gets what the other had. This is what programs do that call MPI_Sendrecv, or Gloo, in a loop: who goes on has sent and
/// received.
struct Schedule {
  int ranks = 1;
  std::int64_t elements = 0;                                      // of each rank's buffer
  int steps = 0;                                                  // of every actor; at some it may have nothing to do
  std::function<void(int actor, int step, Moves& out)> describe;  // appends
  int lanes = 1;
  /// Turning all ranks on by this many, within their lanes, turns the schedule into itself, as far as peers and numbers of
  /// elements go; 0: none is known but by `ranks`.
  int period = 0;
  /// Steps [begin, end) that are alike: at each of them every actor has the same peers and numbers of elements.
  struct Run {
    int begin = 0, end = 0;
  };
  std::vector<Run> alike = {};  // in order
  /// Actors of the last lane that are not at their rank, but at a server of its own: as many as there are servers. What their
  /// ranks hold is not theirs.
  int servers_apart = 0;
  /// Where its stages end, in order; none: it has no stages. Of calls that overlap, each stage of each actor takes one at a time, in
  /// the order of the calls.
  std::vector<int> stages = {};
  /// The stage that begins at this step is asked for by ranks: by a message that goes behind all that the stage before has queued by
  /// then, of the calls after this one that all ranks have made, too. 0: none is.
  int asked_at = 0;

  int actors() const { return ranks * lanes; }
  int rank_of(int actor) const { return actor < ranks ? actor : actor % ranks; }  // most have one lane, and a division is slow
  /// Where an actor is, as Cluster's nodes() counts: at its rank, or behind them at a server.
  int place_of(int actor) const {
    const int server = actor - (lanes - 1) * ranks;
    return server >= 0 && server < servers_apart ? ranks + server : rank_of(actor);
  }
  /// Replaces what is in `out`.
  void moves(int actor, int step, Moves& out) const {
    out.clear();
    describe(actor, step, out);
  }
};

/// Calls f(step, times) for the first of each run of steps that are alike, and for every other step, in order.
template <class Function>
void for_each_run(const Schedule& schedule, Function&& f) {
  int step = 0;
  for (const Schedule::Run& run : schedule.alike) {
    for (; step < run.begin; ++step) f(step, 1);
    if (run.end > run.begin) f(run.begin, run.end - run.begin);
    step = run.end;
  }
  for (; step < schedule.steps; ++step) f(step, 1);
}

/// Which ranks are not like the others, for algorithms that have such.
struct Roles {
  int root = 0;     // the rank where a tree or chain begins or ends
  int servers = 0;  // how many ranks serve; 0: as servers_of() says
  bool operator==(const Roles&) const = default;
};

/// What a schedule is made for.
struct ScheduleRequest {
  int ranks = 1;
  std::int64_t elements = 0;      // of each rank's buffer; all-gather: of all contributions together
  Roles roles = {};               // of rows that take them
  std::vector<int> host_of_rank;  // hierarchical: ranks of equal number share a machine; empty: one machine each
  int servers_apart = 0;          // hosts that only serve; of rows that ask servers to be beside the ranks where there are none
  std::int64_t piece = 0;         // of pipelined rows that say so: how long the pieces of a vector are; 0: their own
};

/// What an algorithm takes of them.
enum class Role { none, root, servers };

/// What each rank's buffer holds, before and after. Rank r's chunk is Chunk(elements, ranks, r), as in NCCL.
enum class Operation {
  all_reduce,      // a vector; after: the sum over ranks
  reduce_scatter,  // a vector; after: the sum, in the rank's own chunk
  all_gather,      // the rank's own chunk; after: every rank's
  broadcast,       // the root has a vector; after: so do all
  reduce,          // a vector; after: the root has the sum
  gather,          // the rank's own chunk; after: the root has every rank's
  scatter,         // the root has a vector; after: each rank has its own chunk of it
  all_to_all,      // a vector; after: chunk r of every rank, at place all_to_all_place() of rank r's buffer, but for its own
  push_pull,       // workers have a vector, servers zeros; after: the workers have the sum
};

/// "all-reduce"
std::string_view name_of(Operation operation);

/// Where rank `to` finds what it got from rank `from`: behind its own vector, by how far that is before it.
inline std::int64_t all_to_all_place(std::int64_t elements, int ranks, int from, int to) {
  const std::int64_t longest = (elements + ranks - 1) / ranks;
  return elements + (to - from + ranks) % ranks * longest;
}

/// Where a row's formula is what equal links take, all chunks being equal; elsewhere it is a bound.
enum class Exact { always, powers_of_two, never };

/// How messages between machines of several NICs go.
enum class Nics {
  own,  // by the way from rank to rank
  /// NCCL makes as many of these side by side as machines have NICs (channels), each for a part of the vector, and turned within
  /// the machines so that it leaves and enters them by another NIC. They are alike, so one stands for them all, whose messages
  /// between machines go in equal parts by all NICs.
  all,
};

/// One algorithm. Help, documentation and tests run over these rows.
struct CollectiveRow {
  std::string_view name;  // "ring-all-reduce"
  Operation operation;
  std::string_view title;
  std::string_view formula;        // time on equal links: n ranks, S bytes, a latency from rank to rank, B bandwidth
  std::string_view bytes_formula;  // sent by the busiest rank
  std::string_view source;
  std::string_view help;
  Schedule (*schedule)(const ScheduleRequest&);
  /// Elements sent by the busiest rank, exactly.
  std::int64_t (*wire_elements)(const ScheduleRequest&);
  /// The `formula`: all ranks on one switch with equal links, `alpha` seconds of latency from rank to rank. The schedule is never
  /// faster; where it takes just that, `exact` says. Without bytes it counts the steps.
  double (*closed_form_seconds)(const ScheduleRequest&, double alpha, double elements_per_second);
  Exact exact = Exact::always;
  Role role = Role::none;
  Nics nics = Nics::own;
};

/// What the row does, without what for: "ring-all-reduce" is the algorithm "ring", "broadcast" is "binomial".
std::string_view algorithm_of(const CollectiveRow& row);

/// The row's formula, and where it is only a bound.
std::string formula_text(const CollectiveRow& row);

/// UserError where the row takes a root that is no rank, or servers that are too many: those of a push-pull do nothing else, and
/// one worker at least must be left.
void check_roles(const CollectiveRow& row, int ranks, const Roles& roles);

/// How many ranks serve. None given: of a push-pull one, the central one; else all, each for its own chunk.
int servers_of(Operation operation, const ScheduleRequest& request);

std::span<const CollectiveRow> collectives();
/// UserError with the nearest name where there is none.
const CollectiveRow& collective(std::string_view name);

}  // namespace syncline::network
