// Which workers of a cluster a job gets.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "network/cluster.h"

namespace syncline::models {

enum class Placement {
  packed,  // the free workers of the lowest numbers: one machine is filled after the other
  spread,  // one after another, each time a free worker of the rack, and in it of the machine, that has fewest of this job
  random,  // any free workers, each set of them as likely as any other
};

struct PlacementRequest {
  std::string name;         // of the job: names its random stream
  std::vector<int> listed;  // its workers; empty: `count` of them are chosen
  int count = 0;
  Placement how = Placement::packed;
};

/// The workers of each request, none of which has two: first those of all lists, as listed, then those of the others, in order
/// of the requests, each sorted. A rack is what hangs on one switch. InternalError where lists overlap or workers do not suffice.
std::vector<std::vector<int>> place(std::span<const PlacementRequest> requests, const network::Cluster& cluster,
                                    std::uint64_t seed);

}  // namespace syncline::models
