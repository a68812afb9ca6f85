#include "network/max_min.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace syncline::network {
namespace {

constexpr std::greater<MaxMinWorkspace::Level> kLeastFirst;

class Filling {
 public:
  Filling(std::span<const double> capacity, std::span<const MaxMinFlow> flows, std::span<double> rates, MaxMinWorkspace& w)
      : capacity_(capacity), flows_(flows), rates_(rates), w_(w) {}

  void run() {
    list_links();
    if (!fix_all_at_once()) fill();
    for (const Link& each : w_.links) w_.place[static_cast<std::size_t>(each.id.value)] = -1;
  }

 private:
  using Link = MaxMinWorkspace::Link;

  void fill() {
    list_flows();
    for (std::size_t l = 0; l < w_.links.size(); ++l) w_.heap.emplace_back(share(w_.links[l]), static_cast<std::int32_t>(l));
    std::make_heap(w_.heap.begin(), w_.heap.end(), kLeastFirst);
    std::sort(w_.caps.begin(), w_.caps.end(), kLeastFirst);
    while (open_ > 0) round();
  }

  /// In one round, where it is one: nothing has to be listed for the next. False, and nothing done, where there are more.
  bool fix_all_at_once() {
    if (w_.links.empty()) return false;
    const auto less = [](const Link& a, const Link& b) { return share(a) < share(b); };
    const Link& least = *std::ranges::min_element(w_.links, less);
    if (static_cast<std::size_t>(least.flows) < flows_.size()) return false;
    const double level = share(least), tied = level * (1 + kMaxMinTolerance);
    if (std::ranges::any_of(w_.caps, [&](const auto& cap) { return cap.first <= tied; })) return false;
    for (std::size_t f = 0; f < flows_.size(); ++f) rates_[f] = std::min(flows_[f].weight * level, flows_[f].cap);
    return true;
  }

  Link& link(LinkId id) { return w_.links[static_cast<std::size_t>(w_.place[static_cast<std::size_t>(id.value)])]; }

  static double share(const Link& link) { return std::max(link.left, 0.0) / link.weight; }

  /// The links that flows cross, with how many cross each.
  void list_links() {
    w_.place.resize(capacity_.size(), -1);
    w_.links.clear();
    w_.heap.clear();
    w_.caps.clear();
    w_.fixed.assign(flows_.size(), 0);
    open_ = 0;
    for (std::size_t f = 0; f < flows_.size(); ++f) {
      const MaxMinFlow& flow = flows_[f];
      rates_[f] = kNoCap;
      if (flow.cap < kNoCap) w_.caps.emplace_back(flow.cap / flow.weight, static_cast<std::int32_t>(f));
      if (flow.cap < kNoCap || !flow.route.empty()) ++open_;
      for (const LinkId id : flow.route) {
        std::int32_t& place = w_.place[static_cast<std::size_t>(id.value)];
        if (place < 0) {
          place = static_cast<std::int32_t>(w_.links.size());
          w_.links.emplace_back();
          w_.links.back().id = id;
          w_.links.back().left = capacity_[static_cast<std::size_t>(id.value)];
        }
        Link& crossed = w_.links[static_cast<std::size_t>(place)];
        ++crossed.open;
        crossed.weight += flow.weight;
        if (std::exchange(crossed.last_flow, static_cast<std::int32_t>(f)) != static_cast<std::int32_t>(f)) ++crossed.flows;
      }
    }
  }

  /// The flows of each link.
  void list_flows() {
    std::int32_t next = 0;
    for (Link& each : w_.links) {
      each.first_flow = each.end_flow = next;
      next += each.open;
    }
    w_.flows_of_links.resize(static_cast<std::size_t>(next));
    for (std::size_t f = 0; f < flows_.size(); ++f) {
      for (const LinkId id : flows_[f].route) {
        w_.flows_of_links[static_cast<std::size_t>(link(id).end_flow++)] = static_cast<std::int32_t>(f);
      }
    }
  }

  std::span<std::int32_t> flows_of(const Link& one) {
    return std::span(w_.flows_of_links)
        .subspan(static_cast<std::size_t>(one.first_flow), static_cast<std::size_t>(one.end_flow - one.first_flow));
  }

  /// Forgets the link's fixed flows, and sums up the weights of the others anew: differences would lose small ones.
  void sum_up(Link& one) {
    one.weight = 0;
    std::int32_t kept = one.first_flow;
    for (const std::int32_t f : flows_of(one)) {
      if (w_.fixed[static_cast<std::size_t>(f)]) continue;
      w_.flows_of_links[static_cast<std::size_t>(kept++)] = f;
      one.weight += flows_[static_cast<std::size_t>(f)].weight;
    }
    one.end_flow = kept;
  }

  /// Brings the heap's top up to date. False where no link is left.
  bool look_at_top() {
    while (!w_.heap.empty()) {
      Link& top = w_.links[static_cast<std::size_t>(w_.heap.front().second)];
      if (top.open == top.end_flow - top.first_flow) return true;  // nothing has happened to it
      std::pop_heap(w_.heap.begin(), w_.heap.end(), kLeastFirst);
      if (top.open == 0) {
        w_.heap.pop_back();
        continue;
      }
      sum_up(top);
      w_.heap.back().first = share(top);
      std::push_heap(w_.heap.begin(), w_.heap.end(), kLeastFirst);
    }
    return false;
  }

  bool look_at_caps() {
    while (!w_.caps.empty() && w_.fixed[static_cast<std::size_t>(w_.caps.back().second)]) w_.caps.pop_back();
    return !w_.caps.empty();
  }

  /// Which links are full at this level is told before any flow is fixed, so the order in which they are does not matter.
  void round() {
    double level = kNoCap;
    if (look_at_top()) level = w_.heap.front().first;
    if (look_at_caps()) level = std::min(level, w_.caps.back().first);
    const double tied = level * (1 + kMaxMinTolerance);
    w_.full.clear();
    while (look_at_top() && w_.heap.front().first <= tied) {
      w_.full.push_back(w_.heap.front().second);
      std::pop_heap(w_.heap.begin(), w_.heap.end(), kLeastFirst);
      w_.heap.pop_back();
    }
    while (look_at_caps() && w_.caps.back().first <= tied) {
      fix(w_.caps.back().second, level);
      w_.caps.pop_back();
    }
    for (const std::int32_t l : w_.full) {
      for (const std::int32_t f : flows_of(w_.links[static_cast<std::size_t>(l)])) {
        if (!w_.fixed[static_cast<std::size_t>(f)]) fix(f, level);
      }
    }
  }

  void fix(std::int32_t f, double level) {
    const MaxMinFlow& flow = flows_[static_cast<std::size_t>(f)];
    const double rate = std::min(flow.weight * level, flow.cap);
    rates_[static_cast<std::size_t>(f)] = rate;
    w_.fixed[static_cast<std::size_t>(f)] = 1;
    --open_;
    for (const LinkId id : flow.route) {
      Link& crossed = link(id);
      crossed.left -= rate;
      --crossed.open;
    }
  }

  std::span<const double> capacity_;
  std::span<const MaxMinFlow> flows_;
  std::span<double> rates_;
  MaxMinWorkspace& w_;
  std::size_t open_ = 0;  // flows not yet fixed
};

}  // namespace

void max_min_rates(std::span<const double> capacity, std::span<const MaxMinFlow> flows, std::span<double> rates,
                   MaxMinWorkspace& workspace) {
  Filling(capacity, flows, rates, workspace).run();
}

}  // namespace syncline::network
