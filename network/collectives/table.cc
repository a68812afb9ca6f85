#include <array>
#include <string>

#include "network/collectives/rows.h"
#include "sim/error.h"

namespace syncline::network {

std::span<const CollectiveRow> collectives() {
  static const std::array rows = {kRingAllReduce, kHierarchicalAllReduce, kParameterServer,
                                  kRingAllGather, kRingReduceScatter,     kBroadcast};
  return rows;
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
