// Which links a transfer crosses.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <unordered_map>
#include <vector>

#include "network/gates.h"
#include "network/topology.h"

namespace syncline::network {

/// The links that a transfer crosses: of one way, or of several side by side, each of which takes an equal part of the bytes.
struct Route {
  std::span<const LinkId> links;  // way after way, each in order of travel; one that several ways cross is there as often
  std::span<const std::int32_t> way_ends{};  // [way] where it ends in `links`; empty: there is one

  std::size_t ways() const { return way_ends.empty() ? 1 : way_ends.size(); }
  std::span<const LinkId> way(std::size_t which) const {
    if (way_ends.empty()) return links;
    const auto begin = which == 0 ? 0 : static_cast<std::size_t>(way_ends[which - 1]);
    return links.subspan(begin, static_cast<std::size_t>(way_ends[which]) - begin);
  }
};

/// Ways by the topology's RoutingRule, over the links that are up:
/// - shortest: least latency, then fewest links; where ways tie, each node on the way takes its link that was added first;
/// - ecmp (equal-cost multi-path, RFC 2992): where ways tie, each node takes one of them by a hash of the seed, both ends and
///   itself. So a pair of ends keeps its way, as the packets of a connection do, pairs are spread over the ways without regard
///   to their load, and no two switches hash alike.
/// A pair for which the rule has a fixed route takes that one or none.
///
/// Takes the topology as it is at construction: what is changed or added afterwards is not noticed.
///
/// A node with one cable only is no way to anywhere else, so it is left out of the graph and put to both ends of a way found
/// between the others: Dijkstra runs once for each of those as a destination, and a star costs none.
class Routing {
 public:
  /// `topology` must outlive this.
  explicit Routing(const Topology& topology);
  ~Routing();

  /// In order of travel; empty where from == to. The reference stays good as long as this object, even where the way changes.
  /// UserError naming both where there is no way.
  const std::vector<LinkId>& route(NodeId from, NodeId to);

  /// The same, or nullptr where there is no way.
  const std::vector<LinkId>* find_route(NodeId from, NodeId to);

  /// Between machines of several NICs by all of them, from gate to gate; within one, where there is a fixed way, and without gates
  /// as find_route(). A gate that no way leads from is left out. What it shows stays good as long as this object, as long as
  /// which `gates` must stay where they are.
  std::optional<Route> find_route_by_all(NodeId from, NodeId to, const Gates& gates);

  /// All are up at first. Ways asked for from now on avoid links that are down.
  void set_up(LinkId link, bool up);

 private:
  /// Compared by latency first.
  struct Cost {
    std::int64_t latency = 0;  // picoseconds
    int links = 0;
    friend constexpr auto operator<=>(const Cost&, const Cost&) = default;
    friend constexpr Cost operator+(Cost a, Cost b) { return {a.latency + b.latency, a.links + b.links}; }
  };
  static constexpr Cost kUnreachable{std::numeric_limits<std::int64_t>::max(), 0};
  static constexpr int kLeaf = -1;
  struct Ways {
    std::vector<LinkId> links;
    std::vector<std::int32_t> ends;
    friend auto operator<=>(const Ways&, const Ways&) = default;
  };
  struct Graph;
  struct LastWay {
    NodeId to;
    const std::vector<LinkId>* way = nullptr;
  };

  void find_leaves();
  void build_graph();
  bool is_up(LinkId link) const { return up_[static_cast<std::size_t>(link.value)]; }
  int inner(NodeId node) const { return inner_[static_cast<std::size_t>(node.value)]; }
  /// [inner] from there to the destination.
  const std::vector<Cost>& costs_to(int destination);
  const std::vector<LinkId>* find_route_of_many(NodeId from, NodeId to);
  std::optional<std::vector<LinkId>> find_way(NodeId from, NodeId to);
  bool append_inner_way(NodeId from, NodeId to, NodeId at, NodeId end, std::vector<LinkId>& way);
  Ways find_ways(NodeId from, NodeId to, const Gates& gates);
  bool append_way_by(const Gate& leave, const Gate& enter, std::vector<LinkId>& way);
  LinkId pick(const std::vector<LinkId>& equal, NodeId from, NodeId to, NodeId at) const;

  const Topology& topology_;
  std::vector<char> up_;  // [link]
  bool stale_ = false;    // links went up or down since the graph was built

  std::vector<int> inner_;                     // [node] its number among those that are no leaves, or kLeaf
  std::vector<LinkId> out_of_leaf_, to_leaf_;  // [node] of a leaf's cable
  std::vector<std::vector<LinkId>> out_;       // [inner] links to other inner nodes that are up, as they were added
  std::unique_ptr<const Graph> graph_;         // of the inner nodes and these links, turned around

  std::unordered_map<int, std::vector<Cost>> costs_;                          // by destination; forgotten where too many
  std::set<std::vector<LinkId>> ways_;                                        // all that were ever given out
  std::vector<LastWay> last_ways_;                                            // [from] asked for last: who sends goes on
  std::unordered_map<std::int64_t, const std::vector<LinkId>*> way_of_ends_;  // by (from, to); null: there is none
  std::set<Ways> bundles_;                                                    // the same of ways side by side
  std::unordered_map<const Gates*, std::unordered_map<std::int64_t, const Ways*>> bundle_of_ends_;  // without any: there is none
};

}  // namespace syncline::network
