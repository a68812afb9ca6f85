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

void expect_parts(const std::string& text, const std::vector<std::string>& parts) {
  for (const std::string& part : parts) EXPECT_NE(text.find(part), std::string::npos) << part << " is not in:\n" << text;
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
  expect_parts(without.err, {"has no choice of algorithms"});
}

TEST(Collective, RefusesWhatItCannotTime) {
  struct Case {
    std::vector<std::string> arguments;
    std::string complaint;
  };
  const std::vector<Case> cases = {
      {{"--op", "alreduce"}, "--op: unknown operation 'alreduce'; did you mean 'all-reduce'?"},
      {{"--bytes", "100 Mbit"}, "--bytes: "},
      {{"--bytes", "-1 B"}, "--bytes: "},
      {{"--bytes", "9000000 GB"}, "--bytes: must be at most"},
      {{"--sweep", "1 B:9000000 GB"}, "--sweep: must end at"},
      {{"--algorithm", "rink"}, "--algorithm: no all-reduce by 'rink'; did you mean 'ring'?"},
      {{"--workers", "0"}, "--workers: must be a whole number from 1"},
      {{"--sweep", "1kB"}, "--sweep: must be FROM:TO"},
      {{"--sweep", "2kB:1kB"}, "--sweep: ends below its start"},
      {{"--factor", "1"}, "--factor: must be a whole number from 2"},
      {{"--exact", "--approximate"}, "--approximate: contradicts --exact"},
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

}  // namespace
}  // namespace syncline::tools
