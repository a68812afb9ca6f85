// A collective as data: which rank sends which elements to which, and what must have arrived before.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace syncline::network {

/// Elements [begin, begin + count) of the sender's buffer go to the same place in the receiver's: added there, or copied.
struct Transfer {
  int from = 0, to = 0;
  std::int64_t begin = 0, count = 0;
  bool reduce = false;
  int step = 0;            // longest chain of transfers that must come before
  std::vector<int> after;  // indices of earlier transfers: all must have arrived before this one starts
};

struct Schedule {
  int ranks = 1;
  std::int64_t elements = 0;  // of each rank's buffer
  std::vector<Transfer> transfers;
};

/// What a schedule is made for.
struct ScheduleRequest {
  int ranks = 1;
  std::int64_t elements = 0;      // of each rank's buffer; all-gather: of all contributions together
  int root = 0;                   // broadcast: who has the data
  std::vector<int> host_of_rank;  // hierarchical: ranks of equal number share a machine; empty: one machine each
};

/// What each rank's buffer holds, before and after. Rank r's chunk is Chunk(elements, ranks, r), as in NCCL.
enum class Operation {
  all_reduce,      // a vector; after: the sum over ranks
  reduce_scatter,  // a vector; after: the sum, in the rank's own chunk
  all_gather,      // the rank's own chunk; after: every rank's
  broadcast,       // the root has a vector; after: so do all
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
  /// The `formula`: all ranks on one switch with equal links, `alpha` seconds of latency from rank to rank. Exact where the
  /// chunks are equal; the schedule is never faster.
  double (*closed_form_seconds)(const ScheduleRequest&, double alpha, double elements_per_second);
};

std::span<const CollectiveRow> collectives();
/// UserError with the nearest name where there is none.
const CollectiveRow& collective(std::string_view name);

}  // namespace syncline::network
