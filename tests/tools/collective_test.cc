// syncline collective as a user meets it.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/tools/program.h"

namespace syncline::tools {
namespace {

using nlohmann::json;

/// Four workers on 8 Gbit/s, without latency: by hand, a ring of 4 MB takes six steps of 1 ms.
const std::string kPlain = "topology = \"star\"\nbandwidth = \"8 Gbit/s\"\nlatency = \"0 us\"\n";

ProgramResult collective(const Workplace& place, std::vector<std::string> arguments) {
  place.write("plain.toml", kPlain);
  std::vector<std::string> all = {"collective", "--cluster", "plain.toml"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  if (std::find(all.begin(), all.end(), "--workers") == all.end()) all.insert(all.end(), {"--workers", "4"});
  return place.run(all);
}

TEST(Collective, PrintsTimeBandwidthsBoundLinksAndASweep) {
  const Workplace place;
  const ProgramResult result = collective(place, {"--op", "allreduce", "--bytes", "4MB", "--sweep", "1MB:4MB", "--factor", "2"});
  ASSERT_EQ(result.code, 0) << result.err;
  // 4 MB in 6 ms, times 2 (n - 1) / n
  expect_parts(result.out, {"all-reduce of 4.00 MB among 4 workers",
                            "│ ring      │ 6.00 ms │       0.67 │       1.00 │ 6.00 ms │     6.00 ms │", "8 like worker0>switch",
                            "│ 100.0 % │", "│ 1000000 │      ring │ 1.50 ms │", "│ 2000000 │      ring │ 3.00 ms │"});
}

TEST(Collective, RefusesANetworksFileWithABase) {
  const Workplace place;
  place.write("based.toml", "base = \"10gbe\"\nbandwidth = \"1 Gbit/s\"\n");
  const ProgramResult result = place.run({"collective", "--cluster", "based.toml"});
  EXPECT_EQ(result.code, 2);
  expect_parts(result.err, {"based.toml:1: base: a file of a network starts from nothing"});
}

// What a link carries is no part of how busy it seems: 1.75 MB in the 14 s that the slow one takes are 0.0 % of 1 GB/s.
TEST(Collective, LinksCarryTheirBytesHoweverIdleTheyAre) {
  const Workplace place;
  place.write("slow.toml", kPlain + "[[worker]]\nindex = 1\nbandwidth = \"1 Mbit/s\"\n");
  const ProgramResult result =
      place.run({"collective", "--cluster", "slow.toml", "--workers", "8", "--bytes", "1MB", "--sweep", "none"});
  ASSERT_EQ(result.code, 0) << result.err;
  expect_parts(result.out, {"│ 2 like worker1>switch  │  125 kB/s │      1.75 MB │ 100.0 % │",
                            "│ 14 like worker0>switch │ 1.00 GB/s │      1.75 MB │   0.0 % │"});
}

TEST(Collective, SaysWhoseNumberOfWorkersDoesNotFit) {
  const Workplace place;
  place.write("torus.toml", "topology = \"torus\"\ntorus = [4, 3]\nbandwidth = \"8 Gbit/s\"\nlatency = \"0 us\"\n");
  const ProgramResult result = place.run({"collective", "--cluster", "torus.toml"});
  EXPECT_EQ(result.code, 2);
  expect_parts(result.err, {"a torus of 4x3 has 12 places", "(with 32 workers, as --workers does not say)"});
  EXPECT_EQ(place.run({"collective", "--cluster", "torus.toml", "--workers", "12", "--sweep", "none"}).code, 0);
}

TEST(Collective, RefusesABurstThatIsSlowerThanItsLink) {
  const Workplace place;
  place.write("burst.toml", "topology = \"star\"\nbandwidth = \"100 Gbit/s\"\nlatency = \"0 us\"\nburst = \"1 MB\"\n");
  const ProgramResult result = place.run({"collective", "--cluster", "burst.toml", "--workers", "4"});
  EXPECT_EQ(result.code, 2);
  expect_parts(result.err, {"burst_bandwidth: a burst passes at 1.25 GB/s, which is below the 12.5 GB/s of worker0>switch"});
  const ProgramResult shaped = place.run({"collective", "--cluster", "netns-100mbit", "--workers", "4", "--bytes", "256 KiB"});
  ASSERT_EQ(shaped.code, 0) << shaped.err;
  expect_parts(shaped.out, {"Links let bursts pass"});
}

TEST(Collective, SweepsFromNothing) {
  const Workplace place;
  ASSERT_EQ(collective(place, {"--bytes", "16", "--sweep", "0:16", "--json", "out.json"}).code, 0);
  const json file = json::parse(place.read("out.json"));
  std::vector<std::int64_t> sizes;
  for (const json& each : file["sweep"]) sizes.push_back(each["bytes"]);
  EXPECT_EQ(sizes, (std::vector<std::int64_t>{0, 1, 4, 16}));
}

TEST(Collective, PrintsItsReportOnce) {
  const Workplace place;
  const ProgramResult result = collective(place, {});
  EXPECT_EQ(result.out.find("all-reduce of"), result.out.rfind("all-reduce of")) << result.out;
}

TEST(Collective, ComparesAllAlgorithmsAndWritesJson) {
  const Workplace place;
  const ProgramResult result =
      collective(place, {"--op", "all-gather", "--algorithm", "all", "--bytes", "4 MB", "--json", "out.json"});
  ASSERT_EQ(result.code, 0) << result.err;
  expect_parts(result.out, {"▶ ", "fastest", "bruck", "direct"});
  const json report = json::parse(place.read("out.json"));
  EXPECT_EQ(report["operation"], "all-gather");
  EXPECT_EQ(report["workers"], 4);
  ASSERT_GE(report["at_size"].size(), 4u);
  for (const json& row : report["at_size"]) {
    // each worker gets 3 MB through a link of 1 GB/s
    EXPECT_GE(row["seconds"].get<double>(), 0.003) << row;
    EXPECT_GE(row["seconds"], row["bound"]) << row;
    EXPECT_NEAR(row["busbw"].get<double>() * row["seconds"].get<double>(), 3e6, 1) << row;
  }
  EXPECT_EQ(report["links"].size(), 8u);
}

TEST(Collective, GivesTheSameTimesFlowByFlow) {
  const Workplace place;
  ASSERT_EQ(collective(place, {"--json", "some.json"}).code, 0);
  ASSERT_EQ(collective(place, {"--exact", "--json", "all.json"}).code, 0);
  json some = json::parse(place.read("some.json")), all = json::parse(place.read("all.json"));
  EXPECT_EQ(some["at_size"][0]["played"], "collapsed");
  EXPECT_EQ(all["at_size"][0]["played"], "exact");
  EXPECT_EQ(some["at_size"][0]["seconds"], all["at_size"][0]["seconds"]);
}

TEST(Collective, TellsTheErrorOfAnApproximation) {
  const Workplace place;
  const ProgramResult result = collective(place, {"--algorithm", "direct", "--approximate", "--sweep", "none"});
  ASSERT_EQ(result.code, 0) << result.err;
  expect_parts(result.out, {" % less │", "an upper bound"});
}

ProgramResult on_network(const Workplace& place, const std::string& network, std::vector<std::string> arguments) {
  place.write("own.toml", kPlain.substr(kPlain.find('\n') + 1) + network);
  std::vector<std::string> all = {"collective", "--cluster", "own.toml", "--workers", "4", "--bytes", "4 MB", "--sweep", "none"};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return place.run(all);
}

// A ring of hosts that are each on a leaf of their own: every message has its links to itself.
TEST(Collective, TakesFixedWaysAndMachines) {
  const Workplace place;
  const std::string tree = "topology = \"fat-tree\"\nleaf_hosts = 1\nspines = 2\noversubscription = 0.5\n";
  const ProgramResult plain = on_network(place, tree, {});
  expect_parts(plain.out, {"4 workers on 4 leaves", "6.01 ms", "collapsed"});  // two uplinks of 1 us a step
  const ProgramResult machines =
      on_network(place, "topology = \"star\"\nmachine = \"nvswitch\"\ngpus_per_node = 2\nnics_per_node = 2\nrouting = \"ecmp\"\n",
                 {"--exact"});
  EXPECT_EQ(machines.code, 0) << machines.err;
  expect_parts(machines.out, {"2 machines of 2 GPUs on an NVSwitch", "exact"});
}

// By hand: a ring's six steps of 1 ms each, and 3 ms without the link of worker 1. At its best it is as it was.
TEST(Collective, PlaysLinksThatChangeFromTheStartOfTheCall) {
  const Workplace place;
  const std::string change = "[[change]]\nfrom = \"worker1\"\nto = \"switch\"\n";
  const std::string outage =
      "topology = \"star\"\n" + change + "at = \"2 ms\"\nstate = \"down\"\n" + change + "at = \"5 ms\"\nstate = \"up\"\n";
  const ProgramResult result = on_network(place, outage, {});
  ASSERT_EQ(result.code, 0) << result.err;
  expect_parts(result.out, {"│ ring      │ 9.00 ms │", "│ 6.00 ms │", "exact", "Links change, from the start of each play on."});
  const ProgramResult bounds = on_network(place, outage, {"--approximate"});
  EXPECT_EQ(bounds.code, 2);
  expect_parts(bounds.err, {"--approximate: bounds hold only where links stay as they are"});
}

// Small vectors by recursive doubling, great ones by a ring: Open MPI, ompi/mca/coll/tuned.
TEST(Collective, TakesTheAlgorithmThatTheStackWould) {
  const Workplace place;
  const ProgramResult result = collective(
      place, {"--stack", "open-mpi", "--algorithm", "auto", "--bytes", "1 MB", "--sweep", "1kB:1MB", "--json", "a.json"});
  ASSERT_EQ(result.code, 0) << result.err;
  const json sweep = json::parse(place.read("a.json"))["sweep"];
  EXPECT_EQ(sweep.front()["algorithm"], "doubling-all-reduce");
  EXPECT_EQ(sweep.back()["algorithm"], "ring-all-reduce");
  expect_parts(result.out, {"the stack's choice changes at 10000 B"});
  const ProgramResult without = collective(place, {"--algorithm", "auto"});
  EXPECT_EQ(without.code, 2);
  expect_parts(without.err, {"has no choice of algorithms for all-reduce", "--stack nccl-ampere", "[network.stack]"});
}

// Two variants on four workers, 2 kB, of which a ring sends 3 kB: 1 us + 6 us / x and 4 us + 3 us / x where links have x GB/s.
TEST(Collective, NamesTheSpeedsAtWhichTheStackChoosesAnew) {
  const Workplace place;
  const std::string variant = "[[variant]]\nalgorithms = [\"ring-all-reduce\"]\nprotocol = ";
  place.write("two.toml", "name = \"two\"\nsource = \"none\"\n" + variant +
                              "\"A\"\nlaunch = \"1 us\"\nefficiency_network = 0.5\n" + variant + "\"B\"\nlaunch = \"4 us\"\n");
  const ProgramResult result = collective(
      place, {"--stack", "./two.toml", "--algorithm", "auto", "--bytes", "2000 B", "--sweep", "none", "--json", "s.json"});
  ASSERT_EQ(result.code, 0) << result.err;
  expect_parts(result.out, {"so many times their bandwidth: 1 (ring, B -> ring, A)"});
  const json speeds = json::parse(place.read("s.json"))["switch_speeds"];
  ASSERT_EQ(speeds.size(), 1u);
  EXPECT_NEAR(speeds[0]["speed"].get<double>(), 1, 1e-9);
  EXPECT_EQ(speeds[0]["before"]["protocol"], "B");
}

// Gloo's ring of 4 MB takes six steps of 1 ms; with headers of a quarter of the wire, 8 ms. NCCL's numbers for NVLink have them.
TEST(Collective, ChargesTheWireUnderAnotherStack) {
  const Workplace place;
  const auto efficiency = [&](const std::string& network, const std::string& stack) {
    const ProgramResult result =
        on_network(place, network + "[stack]\nefficiency = 0.75\n", {"--stack", stack, "--json", "r.json"});
    EXPECT_EQ(result.code, 0) << result.err;
    const std::string label = ", efficiency ";
    const std::size_t at = result.out.find(label);
    return at == std::string::npos ? "" : result.out.substr(at + label.size(), 4);
  };
  EXPECT_EQ(efficiency("topology = \"star\"\n", "gloo"), "0.75");
  EXPECT_NEAR(json::parse(place.read("r.json"))["at_size"][0]["seconds"].get<double>(), 0.008 + 6 * 62.5e-6 + 9.6e-6, 1e-8);
  EXPECT_EQ(efficiency("topology = \"star\"\n", "nccl-ampere"), "0.75");
  EXPECT_EQ(efficiency("topology = \"star\"\nmachine = \"nvswitch\"\ngpus_per_node = 4\n", "nccl-ampere").substr(0, 2), "1,");
}

// Three workers on a switch; two of them are in one machine.
TEST(Collective, HasTheWorkersAndMachinesThatLinksName) {
  const Workplace place;
  std::string network = "topology = \"links\"\n";
  for (const char* worker : {"worker0", "worker2", "worker1"}) {
    network += "[[link]]\nfrom = \"" + std::string(worker) + "\"\nto = \"s\"\nbandwidth = \"8 Gbit/s\"\nlatency = \"0 us\"\n";
  }
  for (const char* index : {"0", "2"}) network += "[[worker]]\nindex = " + std::string(index) + "\nmachine = \"m0\"\n";
  place.write("links.toml", network);
  const auto run = [&](std::vector<std::string> arguments) {
    std::vector<std::string> all = {"collective", "--cluster", "links.toml", "--sweep", "none"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return place.run(all);
  };
  expect_parts(run({}).out, {"among 3 workers", "3 workers in 2 machines, 1 switch, 3 links"});
  const ProgramResult more = run({"--workers", "4"});
  EXPECT_EQ(more.code, 2);
  expect_parts(more.err, {"there is no way from worker0 to worker3"});
  EXPECT_EQ(run({"--algorithm", "hierarchical"}).code, 0);
  place.write("plain.toml", kPlain);
  expect_parts(place.run({"collective", "--cluster", "plain.toml", "--sweep", "none"}).out, {"among 32 workers"});
}

TEST(Collective, RefusesMachinesWhereNoLinksAre) {
  const Workplace place;
  const ProgramResult result = on_network(place, "topology = \"star\"\n[[worker]]\nindex = 1\nmachine = \"m0\"\n", {});
  EXPECT_EQ(result.code, 2);
  expect_parts(result.err, {"machine", "has no effect without topology = \"links\""});
}

// Four workers, 4 MB on links of 1 GB/s. Two servers get 3 of 2 MB each, and send them: 12 ms. One apart gets and sends 3 of
// 4 MB; two apart, 2 of 2 MB.
TEST(Collective, HasServersAndARoot) {
  const Workplace place;
  const auto report = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--bytes", "4 MB", "--sweep", "none", "--json", "r.json"});
    const ProgramResult result = collective(place, arguments);
    EXPECT_EQ(result.code, 0) << result.err;
    return json::parse(place.read("r.json"))["at_size"][0];
  };
  const json two = report({"--algorithm", "parameter-server", "--servers", "2"});
  EXPECT_NEAR(two["seconds"].get<double>(), 0.012, 1e-9);
  EXPECT_NEAR(two["closed_form"].get<double>(), 0.012, 1e-9);
  EXPECT_NEAR(two["bound"].get<double>(), 0.012, 1e-9);
  EXPECT_EQ(two["sent_bytes"], 8e6);
  EXPECT_EQ(two["servers"], 2);
  EXPECT_EQ(two["root"], nullptr);
  EXPECT_NEAR(report({"--algorithm", "parameter-server"})["seconds"].get<double>(), 0.006, 1e-9);
  EXPECT_NEAR(report({"--op", "push-pull"})["seconds"].get<double>(), 0.024, 1e-9);
  EXPECT_NEAR(report({"--op", "push-pull", "--servers", "2"})["seconds"].get<double>(), 0.008, 1e-9);
  EXPECT_EQ(report({"--op", "broadcast", "--root", "3"})["root"], 3);
  expect_parts(collective(place, {"--op", "broadcast", "--root", "3"}).out, {"root     worker3"});
  expect_parts(collective(place, {"--op", "push-pull"}).out, {"servers  1 of 4 workers"});
}

// 1 MB in 1 ms on all links but worker 2's, which has a tenth: a direct scatter from there takes ten times as long.
TEST(Collective, TheRootsLinkCounts) {
  const Workplace place;
  const std::string slow = "topology = \"star\"\n[[worker]]\nindex = 2\nbandwidth = \"800 Mbit/s\"\nlatency = \"0 us\"\n";
  const std::vector<std::string> scatter = {"--op", "scatter", "--algorithm", "direct", "--json", "r.json", "--root"};
  const auto seconds = [&](const std::string& root) {
    std::vector<std::string> arguments = scatter;
    arguments.push_back(root);
    const ProgramResult result = on_network(place, slow, arguments);
    EXPECT_EQ(result.code, 0) << result.err;
    return json::parse(place.read("r.json"))["at_size"][0]["seconds"].get<double>();
  };
  EXPECT_NEAR(seconds("0"), 0.010, 1e-4) << "worker 2 gets its own 1 MB";
  EXPECT_NEAR(seconds("2"), 0.030, 1e-4) << "worker 2 sends 3 MB";
}

TEST(Collective, TakesTheNetworksServersForItsAllReduce) {
  const Workplace place;
  const std::string network = "topology = \"star\"\nall_reduce = \"parameter-server\"\nservers = 2\n";
  const auto servers = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--json", "r.json"});
    const ProgramResult result = on_network(place, network, arguments);
    EXPECT_EQ(result.code, 0) << result.err;
    return json::parse(place.read("r.json"))["at_size"][0]["servers"];
  };
  EXPECT_EQ(servers({}), 2);
  EXPECT_EQ(servers({"--servers", "3"}), 3);
  EXPECT_EQ(servers({"--op", "push-pull"}), 1);
}

TEST(Collective, RefusesWhatItCannotTime) {
  struct Case {
    std::vector<std::string> arguments;
    std::string complaint;
  };
  const std::vector<Case> cases = {
      {{"--op", "alreduce"}, "--op: unknown operation 'alreduce'; did you mean 'all-reduce'?"},
      {{"--bytes", "100 Mbit"}, "--bytes: "},
      {{"--bytes", "100T"}, "--bytes: "},
      {{"--bytes", "-1 B"}, "--bytes: "},
      {{"--bytes", "9000000 GB"}, "--bytes: must be at most"},
      {{"--sweep", "1 B:9000000 GB"}, "--sweep: must end at"},
      {{"--algorithm", "rink"}, "--algorithm: no all-reduce by 'rink'; did you mean 'ring'?"},
      {{"--workers", "0"}, "--workers: must be a whole number from 1"},
      {{"--sweep", "1kB"}, "--sweep: must be FROM:TO"},
      {{"--sweep", "2kB:1kB"}, "--sweep: ends below its start"},
      {{"--factor", "1"}, "--factor: must be a whole number from 2"},
      {{"--exact", "--approximate"}, "--approximate: contradicts --exact"},
      {{"--root", "1"}, "--root: has no effect: all-reduce has no root by ring-all-reduce"},
      {{"--servers", "1"}, "--servers: has no effect: all-reduce has no servers by ring-all-reduce"},
      {{"--op", "all-gather", "--algorithm", "all", "--root", "1"},
       "--root: has no effect: all-gather has no root by any algorithm"},
      {{"--op", "gather", "--root", "4"}, "--root: there is no rank 4 to be the root of gather: ranks are 0 to 3"},
      {{"--op", "gather", "--root", "-1"}, "--root: must be a whole number from 0"},
      {{"--op", "push-pull", "--servers", "4"},
       "--servers: parameter-server-apart among 4 ranks can have 3 servers at most, not 4"},
      {{"--op", "push-pull", "--servers", "0"}, "--servers: must be a whole number from 1"},
      {{"--stack", "mpich", "--algorithm", "auto", "--root", "1"}, "--root: has no effect"},
      {{"something"}, "'something' where no argument is"},
      {{"--json", "/nowhere/out.json"}, "--json: "},
  };
  for (const Case& each : cases) {
    const Workplace place;
    const ProgramResult result = collective(place, each.arguments);
    EXPECT_EQ(result.code, 2) << each.complaint;
    EXPECT_NE(result.err.find(each.complaint), std::string::npos) << result.err;
  }
  const ProgramResult without = Workplace().run({"collective"});
  EXPECT_EQ(without.code, 2);
  EXPECT_NE(without.err.find("no --cluster"), std::string::npos) << without.err;
}

TEST(Collective, SizesAndNamesMayBeThoseOfNcclTests) {
  const Workplace place;
  const auto text = [&](const std::string& op, const std::string& size) {
    return collective(place, {"--op", op, "--bytes", size, "--sweep", "none"}).out;
  };
  EXPECT_EQ(text("ALLREDUCE", "1M"), text("all-reduce", "1 MiB"));
  EXPECT_EQ(text("all-reduce", "64K"), text("all-reduce", "65536"));
}

TEST(Collective, WhatTheStackDoesNotHaveIsNotMarkedFastest) {
  const Workplace place;
  const ProgramResult result = place.run(
      {"collective", "--cluster", "h200-nvswitch", "--workers", "8", "--algorithm", "all", "--bytes", "1M", "--sweep", "none"});
  ASSERT_EQ(result.code, 0) << result.err;
  expect_parts(result.out, {"not in NCCL on Hopper", "▶ ring, LL"});
}

}  // namespace
}  // namespace syncline::tools
