// Hosts, GPUs and switches, and the directed links between them: each link has its own capacity and latency.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/units.h"

namespace syncline::network {

struct NodeId {
  std::int32_t value = -1;
  friend constexpr auto operator<=>(NodeId, NodeId) = default;
};

struct LinkId {
  std::int32_t value = -1;
  friend constexpr auto operator<=>(LinkId, LinkId) = default;
};

enum class NodeKind { host, gpu, network_switch };

struct Node {
  NodeKind kind = NodeKind::host;
  std::string name;
};

struct Link {
  Bandwidth capacity;
  Time latency;
  std::string name;  // "worker3>switch"
  NodeId from, to;
};

class Topology {
 public:
  NodeId add_node(NodeKind kind, std::string name);
  /// One way. UserError naming both ends where `capacity` is not a positive number, or `latency` is negative.
  LinkId add_link(NodeId from, NodeId to, Bandwidth capacity, Time latency);
  /// One link each way.
  void add_duplex(NodeId a, NodeId b, Bandwidth capacity, Time latency);
  /// Same rules as add_link.
  void set_link(LinkId link, Bandwidth capacity, Time latency);

  const std::vector<Node>& nodes() const { return nodes_; }  // [NodeId::value]
  const std::vector<Link>& links() const { return links_; }  // [LinkId::value]
  const Node& node(NodeId id) const { return nodes_[static_cast<std::size_t>(id.value)]; }
  const Link& link(LinkId id) const { return links_[static_cast<std::size_t>(id.value)]; }
  /// The first node of that name. UserError with the nearest name where there is none.
  NodeId find_node(std::string_view name) const;

 private:
  std::vector<Node> nodes_;
  std::vector<Link> links_;
};

}  // namespace syncline::network
