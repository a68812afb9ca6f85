// Stacks that nobody has, for random tests.
#pragma once

#include <string>

#include "network/stack.h"
#include "sim/random.h"

namespace syncline::network {

/// One variant, of the algorithm given: any launch, hops, efficiency and cap.
inline CommunicationStack random_stack(sim::RandomStream& random, const std::string& algorithm) {
  const auto time = [&](std::uint64_t most) { return Time::nanoseconds(static_cast<std::int64_t>(random.below(most))); };
  const auto rate = [&] { return Bandwidth::bytes_per_second(1e6 * static_cast<double>(1 + random.below(10'000))); };
  Variant variant;
  variant.algorithms = {algorithm};
  variant.launch = time(20'000);
  variant.hops = static_cast<Hops>(random.below(4));
  variant.hop = {time(5'000), time(5'000), time(50'000)};
  if (random.below(2) == 0) variant.least_inside = time(5'000);
  if (random.below(2) == 0) variant.alone_hop = time(50'000);
  variant.efficiency = {0.1 + 0.9 * random.uniform(), 0.5, 0.1 + 0.9 * random.uniform()};
  if (random.below(2) == 0) variant.caps = {rate(), rate(), rate()};
  if (random.below(2) == 0) variant.channel_caps = {rate(), rate(), rate()};
  variant.in_switch = random.below(4) == 0;
  CommunicationStack stack{"random", time(3'000), random.below(2) == 0 ? 1.0 : 0.83, ""};
  stack.join = random.below(2) == 0 ? GpuJoin::pcie : GpuJoin::nvswitch;
  stack.channels_inside = static_cast<int>(1 + random.below(4));
  stack.channels_across = static_cast<int>(1 + random.below(4));
  variant.hop_overlaps = random.below(3) == 0;
  stack.variants = {variant};
  return stack;
}

}  // namespace syncline::network
