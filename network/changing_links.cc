#include "network/changing_links.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "sim/error.h"

namespace syncline::network {

std::vector<LinkSpec> best_links(const Topology& topology, const ChangingLinks& changing) {
  std::vector<LinkSpec> best;
  for (const Link& link : topology.links()) best.push_back({link.capacity, link.latency});
  for (const LinkChange& change : changing.list) {
    LinkSpec& link = best[static_cast<std::size_t>(change.link.value)];
    link.bandwidth = std::max(link.bandwidth, change.capacity.value_or(link.bandwidth));
    link.latency = std::min(link.latency, change.latency.value_or(link.latency));
  }
  for (const RandomChanges& random : changing.random) {
    const WeatherDraws::Draw draw{
        .at = Time::zero(), .capacity = random.weather.greatest_capacity, .latency = random.weather.least_latency};
    for (const LinkId id : random.links) {
      LinkSpec& link = best[static_cast<std::size_t>(id.value)];
      const LinkChange change = as_change(draw, topology, id);
      link.bandwidth = std::max(link.bandwidth, change.capacity.value_or(link.bandwidth));
      link.latency = std::min(link.latency, change.latency.value_or(link.latency));
    }
  }
  return best;
}

LinkChanger::LinkChanger(sim::Simulator& simulator, FlowNetwork& flows, const ChangingLinks& changing)
    : simulator_(simulator), flows_(flows), period_(changing.period), list_(changing.list) {
  flows_.on_link_down(changing.on_link_down);
  std::ranges::stable_sort(list_, {}, &LinkChange::at);
  if (period_ > Time::zero() && !list_.empty() && list_.back().at >= period_) {
    throw UserError("a list of link changes that begins again must be over by then");
  }
  plan_list();
  for (const RandomChanges& random : changing.random) {
    const sim::RandomStream stream(random.seed, "link changes", static_cast<std::uint64_t>(random.links.front().value));
    cables_.push_back({random, WeatherDraws(random.weather, stream), {}});
  }
  for (Cable& cable : cables_) plan(cable);  // none moves any more
}

void LinkChanger::stop() {
  simulator_.cancel(next_of_list_);
  for (const Cable& cable : cables_) simulator_.cancel(cable.next);
}

void LinkChanger::plan_list() {
  if (next_in_list_ == list_.size()) {
    if (period_ == Time::zero() || list_.empty()) return;
    next_in_list_ = 0;
    list_begin_ += period_;
  }
  next_of_list_ = simulator_.schedule_at(list_begin_ + list_[next_in_list_].at, [this] {
    const Time now = list_[next_in_list_].at;
    while (next_in_list_ < list_.size() && list_[next_in_list_].at == now) change(list_[next_in_list_++]);
    plan_list();
  });
}

void LinkChanger::plan(Cable& cable) {
  const std::optional<WeatherDraws::Draw> draw = cable.draws.next();
  if (!draw) return;
  cable.next = simulator_.schedule_at(draw->at, [this, &cable, draw = *draw] {
    for (const LinkId link : cable.what.links) change(as_change(draw, flows_.topology(), link));
    plan(cable);
  });
}

void LinkChanger::change(const LinkChange& change) {
  make_change(flows_, change);
  ++changes_;
}

}  // namespace syncline::network
