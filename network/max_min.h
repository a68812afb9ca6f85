// Who gets how much of shared links: max-min fairness. A pure function, without time.
//
// Links l have capacities C_l > 0; flow f crosses the set of links R_f. A vector of rates x >= 0 is feasible where
//     sum over {f : l in R_f} of x_f  <=  C_l        for every l.
// It is max-min fair where no x_f can grow without taking from some x_g <= x_f. There is exactly one such vector, and it is known
// by this: each flow has a bottleneck, that is a link which is full and on which no flow is faster (Bertsekas and Gallager,
// Data Networks, 2nd ed., section 6.5.2).
//
// Progressive filling finds it. All rates grow together from 0. The first links to be full are those of least share
//     s_l = (C_l - rates of fixed flows on l) / (number of other flows on l),
// and the flows that cross them are fixed at that share; then the rest grow on. Each round fixes a flow at least, so there are
// at most as many rounds as flows; a round costs one look at every used link and every flow not yet fixed.
//
// Shares that differ by less than kMaxMinTolerance, relative, count as tied and are fixed in one round, at the least of them: so
// rounding does not split what is equal in exact arithmetic, and no link is ever overfull by more than rounding.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "network/topology.h"

namespace syncline::network {

inline constexpr double kMaxMinTolerance = 1e-12;

/// Room that the solver works in, kept from call to call so that a solve allocates nothing once it has grown.
struct MaxMinWorkspace {
  std::vector<double> left;              // [link] capacity not yet given to fixed flows
  std::vector<std::int32_t> open_flows;  // [link] flows not yet fixed; 0 between calls
  std::vector<std::int32_t> used_links;
  std::vector<std::int32_t> open;  // flows not yet fixed
  std::vector<double> share;       // [link]
};

/// Writes rates[f] for the flow whose route is routes[f] (each link at most once); infinity for an empty route.
/// `capacity` is by LinkId::value, in bytes per second or any other unit, which is that of the rates.
void max_min_rates(std::span<const double> capacity, std::span<const std::span<const LinkId>> routes, std::span<double> rates,
                   MaxMinWorkspace& workspace);

}  // namespace syncline::network
