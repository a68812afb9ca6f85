// Executes schedules on data, in any order that their rules allow, and counts what they do.
#pragma once

#include <cstdint>
#include <vector>

#include "network/collectives/schedule.h"
#include "sim/random.h"

namespace syncline::network {

using Vectors = std::vector<std::vector<double>>;  // [rank][element]

/// Sends in an order that `random` picks among those that the rules allow; data are read at the start of a message and written at
/// its arrival, with as many others in between as may be. Fails the test where what one end of a message says is not what the
/// other says, or where some actor never gets to its end.
void execute(const Schedule& schedule, sim::RandomStream& random, Vectors& data);

/// How long the schedule takes where each message takes 1, and nothing else any time.
int longest_chain(const Schedule& schedule);

/// [rank] elements that it sends.
std::vector<std::int64_t> elements_sent(const Schedule& schedule);

}  // namespace syncline::network
