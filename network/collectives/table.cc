#include <algorithm>
#include <array>
#include <string>

#include "network/collectives/rows.h"
#include "sim/error.h"

namespace syncline::network {

std::span<const CollectiveRow> collectives() {
  static const std::array rows = {kRingAllReduce,
                                  kHierarchicalAllReduce,
                                  kHalvingDoublingAllReduce,
                                  kDoublingAllReduce,
                                  kTreeAllReduce,
                                  kDoubleTreeAllReduce,
                                  kMachineTreeAllReduce,
                                  kDirectAllReduce,
                                  kParameterServer,
                                  kHierarchicalParameterServer,
                                  kRingAllGather,
                                  kBruckAllGather,
                                  kDoublingAllGather,
                                  kDirectAllGather,
                                  kRingReduceScatter,
                                  kBruckReduceScatter,
                                  kHalvingReduceScatter,
                                  kDirectReduceScatter,
                                  kBroadcast,
                                  kChainBroadcast,
                                  kScatterAllGatherBroadcast,
                                  kScatterDoublingBroadcast,
                                  kSplitTreeBroadcast,
                                  kReduce,
                                  kChainReduce,
                                  kHalvingGatherReduce,
                                  kRingGatherReduce,
                                  kDirectReduce,
                                  kGather,
                                  kDirectGather,
                                  kScatter,
                                  kDirectScatter,
                                  kPairwiseAllToAll,
                                  kDirectAllToAll,
                                  kParameterServerApart};
  return rows;
}

std::string_view name_of(Operation operation) {
  switch (operation) {
    case Operation::all_reduce:
      return "all-reduce";
    case Operation::reduce_scatter:
      return "reduce-scatter";
    case Operation::all_gather:
      return "all-gather";
    case Operation::broadcast:
      return "broadcast";
    case Operation::reduce:
      return "reduce";
    case Operation::gather:
      return "gather";
    case Operation::scatter:
      return "scatter";
    case Operation::all_to_all:
      return "all-to-all";
    case Operation::push_pull:
      return "push-pull";
  }
  throw InternalError("an operation without a name");
}

std::string_view algorithm_of(const CollectiveRow& row) {
  const std::string_view operation = name_of(row.operation);
  if (row.name == operation) return "binomial";
  if (!row.name.ends_with(operation)) return row.name;
  return row.name.substr(0, row.name.size() - operation.size() - 1);
}

std::string formula_text(const CollectiveRow& row) {
  std::string formula(row.formula);
  switch (row.exact) {
    case Exact::always:
      return formula;
    case Exact::powers_of_two:
      return formula + "; more where the number of ranks is no power of two";
    case Exact::never:
      return "at least " + formula;
  }
  throw InternalError("a formula that is exact nobody knows where");
}

void check_roles(const CollectiveRow& row, int ranks, const Roles& roles) {
  const std::string name(row.name);
  if (row.role == Role::root && (roles.root < 0 || roles.root >= ranks)) {
    throw UserError("there is no rank " + std::to_string(roles.root) + " to be the root of " + name + ": ranks are 0 to " +
                    std::to_string(ranks - 1));
  }
  const int most = row.operation == Operation::push_pull ? ranks - 1 : ranks;
  if (row.role == Role::servers && (roles.servers < 0 || roles.servers > most)) {
    throw UserError(name + " among " + std::to_string(ranks) + " ranks can have " + std::to_string(most) +
                    " servers at most, not " + std::to_string(roles.servers));
  }
}

int servers_of(Operation operation, const ScheduleRequest& request) {
  if (request.roles.servers > 0) return request.roles.servers;
  return operation == Operation::push_pull ? std::min(1, request.ranks - 1) : request.ranks;
}

const CollectiveRow& collective(std::string_view name) {
  std::vector<std::string> names;
  for (const CollectiveRow& row : collectives()) {
    if (row.name == name) return row;
    names.emplace_back(row.name);
  }
  throw UserError("no collective '" + std::string(name) + "'" + suggestion(name, names));
}

}  // namespace syncline::network
