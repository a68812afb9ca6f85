#include "network/sharing.h"

#include <algorithm>

#include "sim/error.h"

namespace syncline::network {

/// Of a flow that is alone on its links, some of which it may cross several times.
double Sharing::alone_rate(const MaxMinFlow& flow) const {
  double rate = flow.cap;
  for (const LinkId link : flow.route)
    rate = std::min(rate, capacity_[at(link)] / static_cast<double>(flows_on_[at(link)].size()));
  return rate;
}

Sharing::FlowIndex Sharing::add(const MaxMinFlow& flow) {
  SYNCLINE_CHECK(!flow.route.empty() && flow.weight > 0 && flow.cap > 0, "a flow without a route, a weight or a cap above 0");
  if (free_.empty()) {
    free_.push_back(static_cast<FlowIndex>(flows_.size()));
    flows_.emplace_back();
  }
  const FlowIndex index = free_.back();
  free_.pop_back();
  flows_[index].flow = flow;
  flows_[index].rate = 0;
  for (const LinkId link : flow.route) {
    flows_on_[at(link)].push_back(index);
    touch(link);
  }
  return index;
}

void Sharing::remove(FlowIndex index) {
  for (const LinkId link : flows_[index].flow.route) {
    Crossing& flows = flows_on_[at(link)];
    *std::find(flows.begin(), flows.end(), index) = flows.back();
    flows.pop_back();
    if (!flows.empty()) touch(link);
  }
  free_.push_back(index);
}

void Sharing::forget_idle() {
  std::erase_if(touched_, [&](LinkId link) { return flows_on_[at(link)].empty(); });
}

void Sharing::set_capacity(LinkId link, double capacity) {
  if (capacity_[at(link)] == capacity) return;
  capacity_[at(link)] = capacity;
  touch(link);
}

bool Sharing::settle_alone(FlowIndex index) {
  Entry& entry = flows_[index];
  const std::span<const LinkId> route = entry.flow.route;
  const auto has_others = [&](LinkId link) {
    const Crossing& flows = flows_on_[at(link)];
    return flows.size() > 1 && std::ranges::any_of(flows, [&](FlowIndex each) { return each != index; });
  };
  if (std::ranges::any_of(route, has_others)) return false;
  entry.rate = alone_rate(entry.flow);
  touched_.resize(touched_.size() - route.size());  // those that add() has put there
  return true;
}

double Sharing::load(LinkId link) const {
  double sum = 0;
  for (const FlowIndex index : flows_on_[at(link)]) sum += flows_[index].rate;
  return sum;
}

void Sharing::see(LinkId link) {
  if (link_seen_[at(link)] == solve_number_) return;
  link_seen_[at(link)] = solve_number_;
  links_.push_back(link);
}

/// From the link to its flows, from these to their links, and so on.
void Sharing::gather(LinkId from) {
  std::size_t next = links_.size();
  for (see(from); next < links_.size(); ++next) {
    for (const FlowIndex index : flows_on_[at(links_[next])]) {
      Entry& entry = flows_[index];
      if (entry.seen == solve_number_) continue;
      entry.seen = solve_number_;
      solved_.push_back(index);
      for (const LinkId link : entry.flow.route) see(link);
    }
  }
}

void Sharing::solve() {
  ++solve_number_;
  solved_.clear();
  links_.clear();
  for (const LinkId link : touched_) {
    if (link_seen_[at(link)] == solve_number_) continue;
    const std::size_t before = solved_.size();
    gather(link);
    solve_component(std::span(solved_).subspan(before));
  }
  touched_.clear();
}

void Sharing::solve_component(std::span<const FlowIndex> flows) {
  if (flows.size() == 1) flows_[flows.front()].rate = alone_rate(flows_[flows.front()].flow);
  if (flows.size() <= 1) return;
  problem_.clear();
  for (const FlowIndex index : flows) problem_.push_back(flows_[index].flow);
  rates_.resize(problem_.size());
  max_min_rates(capacity_, problem_, rates_, workspace_);
  for (std::size_t i = 0; i < flows.size(); ++i) flows_[flows[i]].rate = rates_[i];
}

}  // namespace syncline::network
