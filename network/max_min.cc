#include "network/max_min.h"

#include <algorithm>
#include <limits>

namespace syncline::network {
namespace {

std::size_t index_of(LinkId link) { return static_cast<std::size_t>(link.value); }

/// Counts flows on links, and lists the links that have any.
void open_all(std::span<const double> capacity, std::span<const std::span<const LinkId>> routes, std::span<double> rates,
              MaxMinWorkspace& w) {
  w.left.resize(capacity.size());
  w.share.resize(capacity.size());
  w.open_flows.resize(capacity.size(), 0);
  w.used_links.clear();
  w.open.clear();
  for (std::size_t f = 0; f < routes.size(); ++f) {
    rates[f] = std::numeric_limits<double>::infinity();
    if (routes[f].empty()) continue;
    w.open.push_back(static_cast<std::int32_t>(f));
    for (const LinkId link : routes[f]) {
      if (w.open_flows[index_of(link)]++ > 0) continue;
      w.used_links.push_back(link.value);
      w.left[index_of(link)] = capacity[index_of(link)];
    }
  }
}

/// Brings the shares up to date, forgets links that no open flow uses, and returns the least share.
double least_share(MaxMinWorkspace& w) {
  double least = std::numeric_limits<double>::infinity();
  std::erase_if(w.used_links, [&](std::int32_t link) {
    const auto l = static_cast<std::size_t>(link);
    if (w.open_flows[l] == 0) return true;
    w.share[l] = std::max(w.left[l], 0.0) / w.open_flows[l];
    least = std::min(least, w.share[l]);
    return false;
  });
  return least;
}

}  // namespace

void max_min_rates(std::span<const double> capacity, std::span<const std::span<const LinkId>> routes, std::span<double> rates,
                   MaxMinWorkspace& w) {
  open_all(capacity, routes, rates, w);
  while (!w.open.empty()) {
    const double rate = least_share(w);
    const double full = rate * (1 + kMaxMinTolerance);
    std::erase_if(w.open, [&](std::int32_t flow) {
      const auto f = static_cast<std::size_t>(flow);
      // Shares are those of the round's beginning, so the order in which flows are fixed does not matter.
      if (std::none_of(routes[f].begin(), routes[f].end(), [&](LinkId link) { return w.share[index_of(link)] <= full; })) {
        return false;
      }
      rates[f] = rate;
      for (const LinkId link : routes[f]) {
        w.left[index_of(link)] -= rate;
        --w.open_flows[index_of(link)];
      }
      return true;
    });
  }
}

}  // namespace syncline::network
