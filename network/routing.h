// Which links a transfer crosses.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "network/topology.h"

namespace syncline::network {

/// Static shortest paths: least latency, then fewest links, then the links that were added first.
/// Takes the topology as it is at construction: what is changed or added afterwards is not noticed.
class Routing {
 public:
  /// `topology` must outlive this.
  explicit Routing(const Topology& topology);
  ~Routing();

  /// In order of travel; empty where from == to. The reference stays good. UserError naming both where there is no way.
  const std::vector<LinkId>& route(NodeId from, NodeId to);

 private:
  struct Graph;

  /// Per node: the last link on the way there, or LinkId{-1} where there is none. By Dijkstra, once for each source.
  const std::vector<LinkId>& last_links(NodeId from);

  const Topology& topology_;
  std::unique_ptr<const Graph> graph_;
  std::unordered_map<std::int32_t, std::vector<LinkId>> last_links_;  // by source
  std::unordered_map<std::int64_t, std::vector<LinkId>> routes_;      // by (source, destination)
};

}  // namespace syncline::network
