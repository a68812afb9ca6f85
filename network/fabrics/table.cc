#include <array>

#include "network/fabrics/rows.h"
#include "sim/error.h"

namespace syncline::network {

std::span<const FabricRow> fabrics() {
  static const std::array rows = {kStar, kRacks, kFatTree, kThreeLevelFatTree, kRails, kTorus, kDragonfly, kTwoSites};
  return rows;
}

void attach(std::string_view name, Cluster& cluster, const FabricSpec& spec) {
  std::vector<std::string> names;
  for (const FabricRow& row : fabrics()) {
    if (row.name == name) return row.attach(cluster, spec);
    names.emplace_back(row.name);
  }
  throw UserError("no fabric '" + std::string(name) + "'" + suggestion(name, names));
}

}  // namespace syncline::network
