#include "models/placement.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "network/builders.h"
#include "sim/error.h"

namespace syncline::models {
namespace {

using Workers = std::vector<int>;

const network::LinkSpec kLink{Bandwidth::bytes_per_second(1e9), Time::zero()};

PlacementRequest request(std::string name, int count, Placement how) { return {std::move(name), {}, count, how}; }

Workers place_one(int count, Placement how, const network::Cluster& cluster, std::uint64_t seed = 1) {
  return place(std::vector{request("job", count, how)}, cluster, seed).front();
}

TEST(Placement, PackedFillsOneMachineAfterTheOther) {
  EXPECT_EQ(place_one(5, Placement::packed, network::multi_gpu_nodes(3, 4, kLink, kLink)), (Workers{0, 1, 2, 3, 4}));
}

TEST(Placement, SpreadTakesOneOfEachMachineInTurn) {
  EXPECT_EQ(place_one(5, Placement::spread, network::multi_gpu_nodes(3, 4, kLink, kLink)), (Workers{0, 1, 4, 5, 8}));
}

TEST(Placement, SpreadTakesOneOfEachRackInTurn) {
  EXPECT_EQ(place_one(4, Placement::spread, network::racks(3, 4, kLink, kLink)), (Workers{0, 1, 4, 8}));
}

// Two racks of two machines of two GPUs: first one of each rack, then of the racks' other machines.
TEST(Placement, SpreadTakesRacksBeforeMachines) {
  network::Cluster cluster = network::machines(4, [](network::Topology& topology, const network::MachinePlace& at) {
    return network::add_switched_machine(topology, at, 2, kLink);
  });
  network::FabricSpec spec;
  spec.link = spec.uplink = kLink;
  spec.racks = 2;
  network::attach("racks", cluster, spec);
  EXPECT_EQ(place_one(2, Placement::spread, cluster), (Workers{0, 4}));
  EXPECT_EQ(place_one(4, Placement::spread, cluster), (Workers{0, 2, 4, 6}));
}

TEST(Placement, ListsComeFirstAndInTheirOrder) {
  const std::vector<PlacementRequest> requests = {
      request("a", 2, Placement::packed), {"b", {3, 0}, 2, Placement::packed}, request("c", 1, Placement::spread)};
  EXPECT_EQ(place(requests, network::star(5, kLink), 1), (std::vector<Workers>{{1, 2}, {3, 0}, {4}}));
}

TEST(Placement, RandomIsBySeedAndTakesAny) {
  const network::Cluster cluster = network::star(8, kLink);
  std::set<Workers> seen;
  std::set<int> met;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Workers workers = place_one(3, Placement::random, cluster, seed);
    EXPECT_EQ(workers, place_one(3, Placement::random, cluster, seed));
    EXPECT_EQ(std::set<int>(workers.begin(), workers.end()).size(), 3u);
    EXPECT_TRUE(std::ranges::is_sorted(workers));
    seen.insert(workers);
    met.insert(workers.begin(), workers.end());
  }
  EXPECT_GT(seen.size(), 20u);  // of 56 sets
  EXPECT_EQ(met.size(), 8u);
}

TEST(Placement, WhatDoesNotFitIsOurFault) {
  const network::Cluster cluster = network::star(2, kLink);
  EXPECT_THROW(place_one(3, Placement::packed, cluster), InternalError);
  const std::vector<PlacementRequest> twice = {{"a", {0}, 1, Placement::packed}, {"b", {0}, 1, Placement::packed}};
  EXPECT_THROW(place(twice, cluster, 1), InternalError);
}

}  // namespace
}  // namespace syncline::models
