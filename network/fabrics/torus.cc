#include <numeric>

#include "network/fabrics/parts.h"
#include "network/fabrics/rows.h"
#include "sim/error.h"

namespace syncline::network {
namespace {

std::string shape_text(const std::vector<int>& shape) {
  std::string text;
  for (const int hosts : shape) text += (text.empty() ? "" : "x") + std::to_string(hosts);
  return text;
}

/// Host (x, y, z) is number x + X (y + Y z). Each host is joined with the next in every dimension, the last with the first;
/// where a dimension has two hosts, by one cable. All cables of a dimension come before those of the next, so the first of the
/// shortest ways is the one of dimension-order routing.
void attach(Cluster& cluster, const FabricSpec& spec) {
  const int hosts = host_count(cluster);
  if (nics_per_host(cluster) != 1) throw UserError("a torus joins hosts by one NIC each");
  if (spec.torus.size() < 2 || spec.torus.size() > 3) refuse("torus", "a torus has two or three dimensions");
  for (const int length : spec.torus) check_positive(length, "hosts in a dimension", "torus");
  const std::int64_t places = std::accumulate(spec.torus.begin(), spec.torus.end(), std::int64_t{1}, std::multiplies<>());
  if (places != hosts) {
    refuse("torus", "a torus of " + shape_text(spec.torus) + " has " + std::to_string(places) + " places for " +
                        std::to_string(hosts) + " hosts");
  }
  int stride = 1;
  for (const int length : spec.torus) {
    for (int host = 0; host < hosts; ++host) {
      const int at = host / stride % length;
      if (length == 1 || (length == 2 && at == 1)) continue;
      const int next = host + ((at + 1) % length - at) * stride;
      connect(cluster, cluster.nics[static_cast<std::size_t>(host)].front(), cluster.nics[static_cast<std::size_t>(next)].front(),
              spec.link);
    }
    stride *= length;
  }
  cluster.description += " in a torus of " + shape_text(spec.torus) + ", " + to_text(spec.link);
}

}  // namespace

const FabricRow kTorus = {
    "torus",
    "two or three dimensions: each host on the next, the last on the first; hosts pass on what is not for them",
    "Dally and Towles, Principles and practices of interconnection networks, 2004, chapter 5; Jouppi et al., TPU v4, ISCA 2023",
    {"torus"},
    "none: hosts are joined by their NICs",
    "HOST to HOST",
    "by dimensions: the first one first, each the shorter way round; with ecmp in any order",
    attach,
};

}  // namespace syncline::network
