#include "network/topology.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "sim/error.h"

namespace syncline::network {

void check_link(const std::string& name, Bandwidth capacity, Time latency) {
  const double rate = capacity.in_bytes_per_second();
  if (!(rate > 0) || std::isinf(rate)) throw UserError("link " + name + ": the bandwidth must be positive and finite");
  if (latency < Time::zero()) throw UserError("link " + name + ": the latency must not be negative");
}

NodeId Topology::add_node(NodeKind kind, std::string name) {
  nodes_.push_back({kind, std::move(name)});
  return {static_cast<std::int32_t>(nodes_.size()) - 1};
}

LinkId Topology::add_link(NodeId from, NodeId to, Bandwidth capacity, Time latency) {
  const LinkId id{static_cast<std::int32_t>(links_.size())};
  links_.push_back({capacity, latency, node(from).name + ">" + node(to).name, from, to, Burst()});
  set_link(id, capacity, latency);
  return id;
}

void Topology::add_duplex(NodeId a, NodeId b, Bandwidth capacity, Time latency) {
  add_link(a, b, capacity, latency);
  add_link(b, a, capacity, latency);
}

void Topology::set_link(LinkId id, Bandwidth capacity, Time latency) {
  Link& link = links_[static_cast<std::size_t>(id.value)];
  check_link(link.name, capacity, latency);
  link.capacity = capacity;
  link.latency = latency;
}

void Topology::let_burst(LinkId id, Burst burst) {
  Link& link = links_[static_cast<std::size_t>(id.value)];
  check_link(link.name, burst.peak, link.latency);
  if (burst.bytes <= Bytes(0)) throw UserError("link " + link.name + ": a burst must have bytes");
  link.burst = burst;
}

void Topology::choose_ways(RoutingKind kind, std::uint64_t seed) {
  routing_.kind = kind;
  routing_.seed = seed;
}

void Topology::fix_way(const std::vector<NodeId>& nodes) {
  if (nodes.size() < 2) throw UserError("a fixed way needs two nodes at least");
  std::set<NodeId> met = {nodes.front()};
  std::vector<LinkId> way;
  for (std::size_t i = 1; i < nodes.size(); ++i) {
    if (!met.insert(nodes[i]).second) throw UserError("a fixed way comes to " + node(nodes[i]).name + " twice");
    const auto found = std::find_if(links_.begin(), links_.end(),
                                    [&](const Link& link) { return link.from == nodes[i - 1] && link.to == nodes[i]; });
    if (found == links_.end()) {
      throw UserError("there is no link from " + node(nodes[i - 1]).name + " to " + node(nodes[i]).name + " for a fixed way");
    }
    way.push_back({static_cast<std::int32_t>(found - links_.begin())});
  }
  routing_.fixed[{nodes.front(), nodes.back()}] = std::move(way);
}

NodeId Topology::find_node(std::string_view name) const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (nodes_[i].name == name) return {static_cast<std::int32_t>(i)};
    names.push_back(nodes_[i].name);
  }
  throw UserError("no node '" + std::string(name) + "'" + suggestion(name, names));
}

}  // namespace syncline::network
