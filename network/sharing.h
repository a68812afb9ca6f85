// Flows that come and go on shared links. Rates are solved again only where a change may matter: in the components, that is sets
// of flows that cross common links, one after another, which the changed links and flows belong to. The rates of one component
// depend on nothing outside of it, so those of all others stay as they are, to the bit.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <boost/container/small_vector.hpp>

#include "network/max_min.h"

namespace syncline::network {

class Sharing {
 public:
  using FlowIndex = std::uint32_t;  // small, and used again when the flow has gone

  /// [link] capacities, 0 for a link that is down.
  explicit Sharing(std::vector<double> capacity)
      : capacity_(std::move(capacity)), flows_on_(capacity_.size()), link_seen_(capacity_.size(), 0) {}

  /// The route (not empty) must stay where it is as long as the flow.
  FlowIndex add(const MaxMinFlow& flow);
  void remove(FlowIndex index);
  void set_capacity(LinkId link, double capacity);

  /// Changes of links that no flow crosses any more need no solve.
  void forget_idle();

  /// A change has not been solved yet.
  bool changed() const { return !touched_.empty(); }

  /// Solves all components with changes. Afterwards solved() names their flows, in no order that means anything but the same
  /// each time, and links_looked_at() their links and the changed ones.
  void solve();
  std::span<const FlowIndex> solved() const { return solved_; }
  std::span<const LinkId> links_looked_at() const { return links_; }

  /// Right after add(), before other changes: where no other flow crosses the flow's links, gives it its rate, which then needs
  /// no solve(), and returns true.
  bool settle_alone(FlowIndex index);

  double rate(FlowIndex index) const { return flows_[index].rate; }
  const MaxMinFlow& flow(FlowIndex index) const { return flows_[index].flow; }
  double capacity(LinkId link) const { return capacity_[at(link)]; }
  /// Of all flows together, after solve().
  double load(LinkId link) const;

 private:
  struct Entry {
    MaxMinFlow flow;
    double rate = 0;
    std::uint64_t seen = 0;
  };

  using Crossing = boost::container::small_vector<FlowIndex, 6>;  // there are few, as a rule

  static std::size_t at(LinkId link) { return static_cast<std::size_t>(link.value); }
  void touch(LinkId link) { touched_.push_back(link); }
  void see(LinkId link);
  void gather(LinkId from);
  void solve_component(std::span<const FlowIndex> flows);
  double alone_rate(const MaxMinFlow& flow) const;

  std::vector<double> capacity_;          // [link]
  std::vector<Crossing> flows_on_;        // [link]
  std::vector<std::uint64_t> link_seen_;  // [link] by which solve
  std::vector<Entry> flows_;              // [index]
  std::vector<FlowIndex> free_;
  std::vector<LinkId> touched_;

  std::uint64_t solve_number_ = 0;
  std::vector<FlowIndex> solved_;  // component by component
  std::vector<LinkId> links_;
  std::vector<MaxMinFlow> problem_;
  std::vector<double> rates_;
  MaxMinWorkspace workspace_;
};

}  // namespace syncline::network
