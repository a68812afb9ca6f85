#include "network/routing.h"

#include <algorithm>
#include <compare>
#include <functional>
#include <limits>
#include <utility>

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/dijkstra_shortest_paths.hpp>

#include "sim/error.h"

namespace syncline::network {
namespace {

/// What a way costs: compared by latency first.
struct Cost {
  std::int64_t latency = 0;  // picoseconds
  int links = 0;
  friend constexpr auto operator<=>(const Cost&, const Cost&) = default;
  friend constexpr Cost operator+(Cost a, Cost b) { return {a.latency + b.latency, a.links + b.links}; }
};

constexpr Cost kUnreachable{std::numeric_limits<std::int64_t>::max(), 0};

struct Edge {
  LinkId link;
  Cost cost;
};

/// A vertex is NodeId::value.
using BoostGraph = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS, boost::no_property, Edge>;

/// Keeps the edge, where Boost's own map keeps the node only: there may be parallel links.
class KeepLastLink : public boost::dijkstra_visitor<> {
 public:
  explicit KeepLastLink(std::vector<LinkId>& last_link) : last_link_(last_link) {}
  void edge_relaxed(BoostGraph::edge_descriptor edge, const BoostGraph& graph) {
    last_link_[boost::target(edge, graph)] = graph[edge].link;
  }

 private:
  std::vector<LinkId>& last_link_;
};

}  // namespace

struct Routing::Graph {
  explicit Graph(std::size_t nodes) : boost(nodes) {}
  BoostGraph boost;
};

Routing::Routing(const Topology& topology) : topology_(topology) {
  auto graph = std::make_unique<Graph>(topology.nodes().size());
  for (std::int32_t i = 0; const Link& link : topology.links()) {
    boost::add_edge(static_cast<std::size_t>(link.from.value), static_cast<std::size_t>(link.to.value),
                    Edge{LinkId{i++}, Cost{link.latency.count(), 1}}, graph->boost);
  }
  graph_ = std::move(graph);
}

Routing::~Routing() = default;

const std::vector<LinkId>& Routing::last_links(NodeId from) {
  const auto [entry, is_new] = last_links_.try_emplace(from.value);
  std::vector<LinkId>& last_link = entry->second;
  if (!is_new) return last_link;

  const BoostGraph& graph = graph_->boost;
  last_link.assign(topology_.nodes().size(), LinkId{});
  std::vector<Cost> costs(topology_.nodes().size());
  const auto index = boost::get(boost::vertex_index, graph);
  boost::dijkstra_shortest_paths(graph, static_cast<std::size_t>(from.value),
                                 boost::distance_map(boost::make_iterator_property_map(costs.begin(), index))
                                     .weight_map(boost::get(&Edge::cost, graph))
                                     .distance_combine(std::plus<Cost>())
                                     .distance_compare(std::less<Cost>())
                                     .distance_inf(kUnreachable)
                                     .distance_zero(Cost{})
                                     .visitor(KeepLastLink(last_link)));
  return last_link;
}

const std::vector<LinkId>& Routing::route(NodeId from, NodeId to) {
  const std::int64_t pair = std::int64_t{from.value} << 32 | to.value;
  if (const auto found = routes_.find(pair); found != routes_.end()) return found->second;

  const std::vector<LinkId>& last_link = last_links(from);
  std::vector<LinkId> links;
  for (NodeId at = to; at != from; at = topology_.link(links.back()).from) {
    const LinkId link = last_link[static_cast<std::size_t>(at.value)];
    if (link == LinkId{}) {
      throw UserError("there is no way from " + topology_.node(from).name + " to " + topology_.node(to).name);
    }
    links.push_back(link);
  }
  std::reverse(links.begin(), links.end());
  return routes_.emplace(pair, std::move(links)).first->second;
}

}  // namespace syncline::network
