// Who gets how much of shared links: weighted max-min fairness. A pure function, without time.
//
// Links l have capacities C_l >= 0; flow f crosses the set of links R_f, has a weight w_f > 0 and takes no more than its cap c_f.
// A flow that crosses a link n times counts n times in each sum over that link's flows. A vector of rates x >= 0 is feasible where
//     x_f <= c_f  for every f,    and    sum over {f : l in R_f} of x_f  <=  C_l  for every l.
// It is max-min fair where no x_f can grow without taking from some x_g with x_g / w_g <= x_f / w_f. There is exactly one such
// vector, and it is known by this: each flow is at its cap, or has a bottleneck, that is a link which is full and on which no
// x_g / w_g is greater (Bertsekas and Gallager, Data Networks, 2nd ed., 1992; a cap is a link of the flow's own).
//
// Progressive filling finds it. A level t rises from 0, and flows that are not fixed have the rate w_f t. The level stops where
// the first links are full, those of least share
//     s_l = (C_l - rates of fixed flows on l) / (weights of the other flows on l),
// or flows are at their caps, c_f / w_f. These links' flows are fixed, then the level goes on. Shares never fall on the way:
// fixed flows leave at least as much for each unit of weight as they took. So links wait in a heap under the share they had
// when last looked at, and only the least one has to be looked at again. With F flows that cross H links in all: O(H log H).
// Where all flows cross the link of least share, and none has its cap at that level, the first round fixes all of them: O(H).
//
// Levels that differ by less than kMaxMinTolerance, relative, count as tied and are fixed in one round, at the least of them: so
// rounding does not split what is equal in exact arithmetic, and no link is ever overfull by more than rounding.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "network/topology.h"

namespace syncline::network {

inline constexpr double kMaxMinTolerance = 1e-12;
inline constexpr double kNoCap = std::numeric_limits<double>::infinity();

struct MaxMinFlow {
  std::span<const LinkId> route;  // a link that is there several times is crossed as often: as much of it is taken
  double weight = 1;
  double cap = kNoCap;
};

/// Room that the solver works in, kept from call to call so that a solve allocates nothing once it has grown.
struct MaxMinWorkspace {
  struct Link {
    LinkId id;
    double left = 0;                            // of its capacity, not yet given to fixed flows
    double weight = 0;                          // of flows not yet fixed
    std::int32_t open = 0;                      // crossings of flows not yet fixed
    std::int32_t flows = 0, last_flow = -1;     // that cross it, and the last one listed
    std::int32_t first_flow = 0, end_flow = 0;  // in flows_of_links
  };
  using Level = std::pair<double, std::int32_t>;  // and the link or flow that stops there

  std::vector<std::int32_t> place;           // [LinkId::value] in `links`, or -1; all -1 between calls
  std::vector<Link> links;                   // that some flow crosses
  std::vector<std::int32_t> flows_of_links;  // link by link
  std::vector<Level> heap;                   // of links, least share first
  std::vector<Level> caps;                   // of flows, greatest first
  std::vector<std::int32_t> full;            // links of the round
  std::vector<char> fixed;                   // [flow]
};

/// Writes rates[f]; infinity for an empty route without a cap. `capacity` is by LinkId::value, in bytes per second or any other
/// unit, which is that of caps and rates.
void max_min_rates(std::span<const double> capacity, std::span<const MaxMinFlow> flows, std::span<double> rates,
                   MaxMinWorkspace& workspace);

}  // namespace syncline::network
