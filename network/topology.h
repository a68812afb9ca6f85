// Hosts, GPUs and switches, and the directed links between them: each link has its own capacity and latency.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "network/token_bucket.h"
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
  Burst burst;  // none, unless let_burst() gave it one
};

/// What decides where there are several ways; network/routing.h says how.
enum class RoutingKind { shortest, ecmp };

struct RoutingRule {
  RoutingKind kind = RoutingKind::shortest;
  std::uint64_t seed = 0;                                          // of ecmp's hash
  std::map<std::pair<NodeId, NodeId>, std::vector<LinkId>> fixed;  // by (from, to): ways that are given, link by link
};

/// UserError naming the link where `capacity` is not a positive number, or `latency` is negative.
void check_link(const std::string& name, Bandwidth capacity, Time latency);

class Topology {
 public:
  NodeId add_node(NodeKind kind, std::string name);
  /// One way. UserError naming both ends where `capacity` is not a positive number, or `latency` is negative.
  LinkId add_link(NodeId from, NodeId to, Bandwidth capacity, Time latency);
  /// One link each way.
  void add_duplex(NodeId a, NodeId b, Bandwidth capacity, Time latency);
  /// Same rules as add_link.
  void set_link(LinkId link, Bandwidth capacity, Time latency);
  /// UserError naming both ends where there are no bytes, or the peak is not a positive number.
  void let_burst(LinkId link, Burst burst);

  /// Among equal ways: the first or, by hash, any.
  void choose_ways(RoutingKind kind, std::uint64_t seed = 0);
  /// A way from its first node to its last, for this direction only; between two of its nodes, the link that was added first.
  /// UserError naming the nodes where there is none, where a node comes twice, or where the way goes nowhere.
  void fix_way(const std::vector<NodeId>& nodes);
  const RoutingRule& routing() const { return routing_; }

  const std::vector<Node>& nodes() const { return nodes_; }  // [NodeId::value]
  const std::vector<Link>& links() const { return links_; }  // [LinkId::value]
  const Node& node(NodeId id) const { return nodes_[static_cast<std::size_t>(id.value)]; }
  const Link& link(LinkId id) const { return links_[static_cast<std::size_t>(id.value)]; }
  /// The first node of that name. UserError with the nearest name where there is none.
  NodeId find_node(std::string_view name) const;

 private:
  std::vector<Node> nodes_;
  std::vector<Link> links_;
  RoutingRule routing_;
};

}  // namespace syncline::network
