#include "network/routing.h"

#include <algorithm>
#include <functional>
#include <utility>

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/dijkstra_shortest_paths.hpp>

#include "sim/error.h"

namespace syncline::network {
namespace {

constexpr std::size_t kMostCosts = 4'000'000;  // kept at a time: 64 MB

std::size_t index_of(NodeId node) { return static_cast<std::size_t>(node.value); }

/// The finaliser of SplitMix64: every bit of the input changes half of the output's.
std::uint64_t mixed(std::uint64_t z) {
  z += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

std::int64_t key(NodeId from, NodeId to) { return std::int64_t{from.value} << 32 | to.value; }

}  // namespace

struct Routing::Graph {
  struct Edge {
    Cost cost;
  };
  using Boost = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS, boost::no_property, Edge>;
  explicit Graph(std::size_t nodes) : boost(nodes) {}
  Boost boost;
};

Routing::Routing(const Topology& topology) : topology_(topology), up_(topology.links().size(), 1) {
  find_leaves();
  build_graph();
}

Routing::~Routing() = default;

void Routing::find_leaves() {
  const std::size_t nodes = topology_.nodes().size();
  std::vector<int> ways_out(nodes, 0), ways_in(nodes, 0);
  out_of_leaf_.assign(nodes, {});
  to_leaf_.assign(nodes, {});
  for (std::int32_t id = 0; const Link& link : topology_.links()) {
    ++ways_out[index_of(link.from)];
    ++ways_in[index_of(link.to)];
    out_of_leaf_[index_of(link.from)] = to_leaf_[index_of(link.to)] = LinkId{id++};
  }
  const auto has_one_cable = [&](std::size_t node) {
    return ways_out[node] == 1 && ways_in[node] == 1 &&
           topology_.link(out_of_leaf_[node]).to == topology_.link(to_leaf_[node]).from;
  };
  int count = 0;
  for (std::size_t node = 0; node < nodes; ++node) {
    const bool is_leaf = has_one_cable(node) && !has_one_cable(index_of(topology_.link(out_of_leaf_[node]).to));
    inner_.push_back(is_leaf ? kLeaf : count++);
  }
  out_.resize(static_cast<std::size_t>(count));
}

void Routing::build_graph() {
  auto graph = std::make_unique<Graph>(out_.size());
  for (std::vector<LinkId>& links : out_) links.clear();
  for (LinkId id{0}; const Link& link : topology_.links()) {
    const int from = inner(link.from), to = inner(link.to);
    if (from != kLeaf && to != kLeaf && is_up(id)) {
      out_[static_cast<std::size_t>(from)].push_back(id);
      boost::add_edge(static_cast<std::size_t>(to), static_cast<std::size_t>(from), Graph::Edge{{link.latency.count(), 1}},
                      graph->boost);
    }
    ++id.value;
  }
  graph_ = std::move(graph);
  costs_.clear();
  last_ways_.assign(topology_.nodes().size(), {});
  way_of_ends_.clear();
  bundle_of_ends_.clear();
  stale_ = false;
}

void Routing::set_up(LinkId link, bool up) {
  if (is_up(link) == up) return;
  up_[static_cast<std::size_t>(link.value)] = up;
  stale_ = true;
}

const std::vector<Routing::Cost>& Routing::costs_to(int destination) {
  if (const auto found = costs_.find(destination); found != costs_.end()) return found->second;
  if ((costs_.size() + 1) * out_.size() > kMostCosts) costs_.clear();
  const Graph::Boost& graph = graph_->boost;
  std::vector<Cost>& costs = costs_[destination];
  costs.resize(out_.size());
  const auto index = boost::get(boost::vertex_index, graph);
  boost::dijkstra_shortest_paths(graph, static_cast<std::size_t>(destination),
                                 boost::distance_map(boost::make_iterator_property_map(costs.begin(), index))
                                     .weight_map(boost::get(&Graph::Edge::cost, graph))
                                     .distance_combine(std::plus<Cost>())
                                     .distance_compare(std::less<Cost>())
                                     .distance_inf(kUnreachable)
                                     .distance_zero(Cost{}));
  return costs;
}

LinkId Routing::pick(const std::vector<LinkId>& equal, NodeId from, NodeId to, NodeId at) const {
  const RoutingRule& rule = topology_.routing();
  if (rule.kind == RoutingKind::shortest || equal.size() == 1) return equal.front();
  std::uint64_t hash = mixed(rule.seed);
  for (const NodeId node : {from, to, at}) hash = mixed(hash ^ static_cast<std::uint64_t>(node.value));
  return equal[hash % equal.size()];
}

bool Routing::append_inner_way(NodeId from, NodeId to, NodeId at, NodeId end, std::vector<LinkId>& way) {
  if (at == end) return true;
  const std::vector<Cost>& costs = costs_to(inner(end));
  const auto cost_of = [&](NodeId node) { return costs[static_cast<std::size_t>(inner(node))]; };
  if (cost_of(at) == kUnreachable) return false;
  std::vector<LinkId> equal;
  while (at != end) {
    equal.clear();
    for (const LinkId id : out_[static_cast<std::size_t>(inner(at))]) {
      const Link& link = topology_.link(id);
      const Cost rest = cost_of(link.to);
      if (rest != kUnreachable && Cost{link.latency.count(), 1} + rest == cost_of(at)) equal.push_back(id);
    }
    way.push_back(pick(equal, from, to, at));
    at = topology_.link(way.back()).to;
  }
  return true;
}

std::optional<std::vector<LinkId>> Routing::find_way(NodeId from, NodeId to) {
  std::vector<LinkId> way;
  if (from == to) return way;
  NodeId at = from, end = to;
  if (inner(from) == kLeaf) {
    const LinkId first = out_of_leaf_[index_of(from)];
    if (!is_up(first)) return std::nullopt;
    way.push_back(first);
    at = topology_.link(first).to;
  }
  const LinkId last = inner(to) == kLeaf ? to_leaf_[index_of(to)] : LinkId{};
  if (last != LinkId{}) {
    if (!is_up(last)) return std::nullopt;
    end = topology_.link(last).from;
  }
  if (!append_inner_way(from, to, at, end, way)) return std::nullopt;
  if (last != LinkId{}) way.push_back(last);
  return way;
}

const std::vector<LinkId>* Routing::find_route(NodeId from, NodeId to) {
  if (stale_) build_graph();
  LastWay& last = last_ways_[index_of(from)];
  if (last.to != to) last = {to, find_route_of_many(from, to)};
  return last.way;
}

const std::vector<LinkId>* Routing::find_route_of_many(NodeId from, NodeId to) {
  const std::int64_t ends = key(from, to);
  if (const auto found = way_of_ends_.find(ends); found != way_of_ends_.end()) return found->second;

  std::optional<std::vector<LinkId>> way;
  const auto& fixed = topology_.routing().fixed;
  if (const auto found = fixed.find({from, to}); found != fixed.end()) {
    way = found->second;
    for (const LinkId link : found->second) {
      if (!is_up(link)) way.reset();
    }
  } else {
    way = find_way(from, to);
  }
  const std::vector<LinkId>* result = way ? &*ways_.insert(std::move(*way)).first : nullptr;
  way_of_ends_.emplace(ends, result);
  return result;
}

Routing::Ways Routing::find_ways(NodeId from, NodeId to, const Gates& gates) {
  const std::span<const Gate> leave = gates.of(from), enter = gates.of(to);
  Ways ways;
  for (std::size_t i = 0; i < std::max(leave.size(), enter.size()); ++i) {
    const std::size_t before = ways.links.size();
    if (append_way_by(leave.empty() ? Gate{from, from} : leave[i % leave.size()],
                      enter.empty() ? Gate{to, to} : enter[i % enter.size()], ways.links)) {
      ways.ends.push_back(static_cast<std::int32_t>(ways.links.size()));
    } else {
      ways.links.resize(before);
    }
  }
  return ways;
}

bool Routing::append_way_by(const Gate& leave, const Gate& enter, std::vector<LinkId>& way) {
  for (const auto& [from, to] : {std::pair(leave.gpu, leave.nic), {leave.nic, enter.nic}, {enter.nic, enter.gpu}}) {
    const std::vector<LinkId>* part = find_route(from, to);
    if (part == nullptr) return false;
    way.insert(way.end(), part->begin(), part->end());
  }
  return true;
}

std::optional<Route> Routing::find_route_by_all(NodeId from, NodeId to, const Gates& gates) {
  const std::span<const Gate> leave = gates.of(from), enter = gates.of(to);
  const bool same_machine = from == to || (!leave.empty() && leave.data() == enter.data());
  if (same_machine || (leave.empty() && enter.empty()) || topology_.routing().fixed.contains({from, to})) {
    const std::vector<LinkId>* way = find_route(from, to);
    return way != nullptr ? std::optional(Route{*way}) : std::nullopt;
  }
  if (stale_) build_graph();
  const Ways*& bundle = bundle_of_ends_[&gates][key(from, to)];
  if (bundle == nullptr) bundle = &*bundles_.insert(find_ways(from, to, gates)).first;
  return bundle->ends.empty() ? std::nullopt : std::optional(Route{bundle->links, bundle->ends});
}

const std::vector<LinkId>& Routing::route(NodeId from, NodeId to) {
  const std::vector<LinkId>* found = find_route(from, to);
  if (found == nullptr) {
    throw UserError("there is no way from " + topology_.node(from).name + " to " + topology_.node(to).name);
  }
  return *found;
}

}  // namespace syncline::network
