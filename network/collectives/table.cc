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
                                  kReduce,
                                  kChainReduce,
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

const CollectiveRow& collective(std::string_view name) {
  std::vector<std::string> names;
  for (const CollectiveRow& row : collectives()) {
    if (row.name == name) return row;
    names.emplace_back(row.name);
  }
  throw UserError("no collective '" + std::string(name) + "'" + suggestion(name, names));
}

}  // namespace syncline::network
