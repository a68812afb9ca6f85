// Communication stacks: what software puts on top of the wire, and which algorithm it takes for what. All numbers are data
// (scenarios/stacks has those of NCCL, Gloo and MPI, with sources); here is only how they go together.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "network/cluster.h"
#include "network/collectives/schedule.h"
#include "network/machines/machine.h"
#include "network/routing.h"
#include "network/terms.h"
#include "sim/units.h"

namespace syncline::network {

/// One number for each kind of link that a hop may take.
template <class T>
struct ByLink {
  T nvlink, pcie, network;
};

/// How many hops are one after the other where no bytes hold them up; n ranks on m machines of g each.
enum class Hops {
  rounds,  // one for each round of the schedule: across the network where m > 1, else inside
  ring,    // the same number, of which only one in (n - 1) / (m - 1) is across, as on the way around a ring
  tree,    // 2 (g - 1) inside, 2 floor(log2 m) across: chains within machines, a tree between them
  once,    // one inside for each collective, and one across where m > 1: the switch does it all
};

/// What stands for an algorithm where the stack is to choose it: "auto-all-reduce".
std::string auto_name(Operation operation);
/// The operation of such a name; nothing where it is an algorithm's.
std::optional<Operation> auto_operation(std::string_view name);

/// When a variant can be taken. All limits are inclusive.
struct Condition {
  std::int64_t least_bytes = 0, most_bytes = std::numeric_limits<std::int64_t>::max();  // of the whole vector
  std::int64_t least_block = 0, most_block = std::numeric_limits<std::int64_t>::max();  // of each rank's part of it
  int least_ranks = 1, most_ranks = std::numeric_limits<int>::max();
  int least_machines = 1, most_machines = std::numeric_limits<int>::max();
  std::optional<bool> power_of_two{};            // whether the number of ranks is one
  double ranks_per_byte = 0, ranks_besides = 0;  // at least so many ranks: ranks_per_byte * bytes + ranks_besides
  GpuJoin least_join = GpuJoin::pcie;  // of the GPUs in a machine; NVSwitch is more than NVLink, and that more than PCIe
};

/// One way in which a stack does collectives: an algorithm by a protocol.
struct Variant {
  std::vector<std::string> algorithms;  // rows of collectives()
  std::string protocol;                 // "LL128"; may be empty
  Condition condition;

  Time launch;  // once, besides the stack's
  Hops hops = Hops::rounds;
  ByLink<Time> hop{};             // from rank to rank, the wire's latency included
  bool hop_overlaps = false;      // it passes while its message is on the links: the longer of both counts
  std::optional<Time> alone_hop;  // in place of hop.network where every machine has one rank
  Time least_inside;              // between machines, no hop inside takes less: the NICs' proxies pace it
  ByLink<double> efficiency{1, 1,
                            1};  // payload's share of the bandwidth, by the network's links where m > 1, else by those inside
  std::vector<Bandwidth> caps;   // [0: one machine, 1: two, 2: more] of the payload in one message; empty: none
  std::vector<Bandwidth> channel_caps;  // the same for each channel
  std::int64_t piece_bytes = 0;         // of a pipeline, that all channels move at once; 0: the algorithm's own
  bool in_switch = false;  // switches sum and multiply: of 2 (n-1) V/n that the direct all-reduce sends, (n+1) V/n are left

  // Of the estimate only, as NCCL has them.
  std::optional<double> sent;   // by a rank, in lengths of the vector; not given: by the schedule's busiest rank
  std::vector<double> factors;  // [floor(log2(bytes / 64))] of the bandwidth, 1 beyond
  double plateau = 1;           // of the hops' time between machines, from so many bytes on for each channel and rank
  std::int64_t plateau_bytes = 0;

  std::string source;
};

enum class Choice {
  estimate,  // the variant that the estimate says is fastest
  first,     // the first whose condition holds
};

/// What software puts on top of the wire.
struct CommunicationStack {
  std::string name;
  Time launch;              // from a rank's call until it takes part; once per collective
  double efficiency = 1.0;  // share of the links' bandwidth that payload gets, in (0, 1]: the bytes on the wire are divided by it
  std::string source;
  /// A worker's compute takes so many times as long while a collective of its own is under way; 1 or more. The library's: its
  /// kernels take multiprocessors and memory bandwidth, others' (of the same GPU) take less or none.
  double overlap_slowdown = 1;

  /// What a program chains to a collective that has ended already runs at once, in the thread that chains it.
  bool chains_in_caller = false;

  Choice choice = Choice::estimate;
  GpuJoin join = GpuJoin::nvswitch;              // of the GPUs in a machine
  bool all_nics = true;                          // of each machine are used by the rows that can
  int channels_inside = 1, channels_across = 1;  // that work side by side, in one machine and, for each NIC, between machines
  std::vector<Variant> variants{};               // none: every algorithm has just the numbers above
};

/// What a choice depends on besides the bytes.
struct ClusterFacts {
  int ranks = 1, machines = 1;
  Bandwidth inside;  // from one rank to another of its machine; infinite where each has one rank
  Bandwidth across;  // from machine to machine, by all NICs together; infinite where there is one machine
  int nics = 1;      // of a machine
};

/// By the first rank's ways to the nearest and the farthest by number. UserError where there is no way.
ClusterFacts facts_of(const Cluster& cluster, Routing& routing);

/// What is wanted of a stack.
struct Wanted {
  Operation operation = Operation::all_reduce;
  std::string_view algorithm;  // a row of collectives(); empty: the stack may take any
  Bytes bytes;                 // of the whole vector; all-gather: of all contributions together
  Roles roles = {};
};

/// That the variants name, each once; whatever their conditions.
std::vector<const CollectiveRow*> algorithms_for(const CommunicationStack& stack, Operation operation);

struct Chosen {
  const CollectiveRow* row = nullptr;
  const Variant* variant = nullptr;  // lies in the stack; null: none has this algorithm, and the stack's own numbers stand
  Roles roles = {};
};

/// Among the variants whose conditions hold: as the stack's `choice` says. UserError where any algorithm may be taken and no
/// variant has one.
Chosen choose(const CommunicationStack& stack, const Wanted& wanted, const ClusterFacts& facts);

/// launch + hops + bytes on the wire over bandwidth, as NCCL's tuning model reckons, with its factors; hops that overlap, too.
double estimated_seconds(const CommunicationStack& stack, const Chosen& chosen, Bytes bytes, const ClusterFacts& facts);

/// Whether messages between machines go by all their NICs at once.
bool uses_all_nics(const CommunicationStack& stack, const CollectiveRow& row);

/// In a play ranks go in rounds, and each waits for the slowest hop: so the step is the mean of the hops that the variant counts.
Terms terms_of(const CommunicationStack& stack, const Chosen& chosen, const ClusterFacts& facts);

/// The bytes above `least`, up to `most`, at which choose() takes another variant than with one byte less. All of them: between
/// the sizes at which a condition or a factor changes, the estimates are straight lines, each of which is the lowest in one
/// interval at most; so where both ends of a range have the same choice, so has all between.
std::vector<Bytes> switch_points(const CommunicationStack& stack, const Wanted& wanted, const ClusterFacts& facts, Bytes least,
                                 Bytes most);

/// Where another variant is taken because all links are faster.
struct SpeedSwitch {
  double speed = 1;      // all links' bandwidths, as a multiple of the facts': just below is `before` taken, from here on `after`
  Chosen before, after;  // of one operation
};

/// The speeds above `least`, up to `most`, at which choose() takes another variant for wanted.bytes. All of them, each to the
/// last bit: between the speeds at which links reach a cap, the estimates are straight lines in 1 / speed, so the argument of
/// switch_points() holds. None where the stack takes the first variant that it can: no condition asks for bandwidths.
std::vector<SpeedSwitch> switch_speeds(const CommunicationStack& stack, const Wanted& wanted, const ClusterFacts& facts,
                                       double least, double most);

}  // namespace syncline::network
