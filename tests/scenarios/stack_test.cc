// The shipped stacks choose as their software does, by hand; and a scenario's network may name one and change single numbers.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "network/collectives/schedule.h"
#include "scenarios/data_file.h"
#include "scenarios/scenario.h"
#include "scenarios/stack.h"
#include "tests/temporary_folder.h"

namespace syncline::scenarios {
namespace {

using network::ClusterFacts;
using network::CommunicationStack;
using network::Operation;

CommunicationStack shipped(const std::string& name) { return load_stack(DataFolders(), name); }
Bandwidth gigabytes(double n) { return Bandwidth::bytes_per_second(n * 1e9); }

/// Eight GPUs by NVLink, so many gigabytes per second each.
ClusterFacts machine(double rate) { return {8, 1, gigabytes(rate), gigabytes(1e9)}; }
/// One GPU in each machine, 100 Gbit/s between.
ClusterFacts machines(int count) { return {count, count, gigabytes(1e9), gigabytes(12.5)}; }

/// "ring-all-reduce LL"
std::string choice(const CommunicationStack& stack, Operation operation, std::int64_t bytes, const ClusterFacts& facts) {
  const network::Chosen chosen = network::choose(stack, {operation, "", Bytes(bytes)}, facts);
  const std::string& protocol = chosen.variant->protocol;
  return std::string(chosen.row->name) + (protocol.empty() ? "" : " " + protocol);
}
std::string all_reduce(const CommunicationStack& stack, std::int64_t bytes, const ClusterFacts& facts) {
  return choice(stack, Operation::all_reduce, bytes, facts);
}

/// Of a shipped stack, by operation, bytes and ranks, each on a machine of its own.
auto choices(const std::string& name) {
  return [stack = shipped(name)](Operation operation, std::int64_t bytes, int ranks) {
    return choice(stack, operation, bytes, machines(ranks));
  };
}

double seconds(const CommunicationStack& stack, const std::string& protocol, const std::string& algorithm, double bytes,
               const ClusterFacts& facts) {
  for (const network::Variant& variant : stack.variants) {
    if (variant.protocol != protocol || variant.algorithms.front() != algorithm) continue;
    const network::Chosen chosen{&network::collective(algorithm), &variant};
    return network::estimated_seconds(stack, chosen, Bytes(static_cast<std::int64_t>(bytes)), facts);
  }
  ADD_FAILURE() << "no " << algorithm << " " << protocol;
  return 0;
}

TEST(ShippedStacks, EachLoadsHasTimesAndSaysWhereItIsFrom) {
  const std::vector<DataFile> files = stack_files(DataFolders());
  EXPECT_GE(files.size(), 6u);
  for (const DataFile& file : files) {
    const CommunicationStack stack = shipped(file.name);
    EXPECT_FALSE(stack.source.empty()) << file.name;
    ASSERT_FALSE(stack.variants.empty()) << file.name;
    for (const network::Variant& variant : stack.variants) {
      EXPECT_FALSE(variant.source.empty()) << file.name << ", " << variant.algorithms.front();
      const auto [nvlink, pcie, network] = variant.hop;
      EXPECT_GT(std::max({nvlink, pcie, network}), Time::zero()) << file.name << ", " << variant.algorithms.front();
    }
  }
}

// Whatever the size and the cluster, there is an algorithm for what methods need, and it does just that.
TEST(ShippedStacks, EachKnowsAnAllReduceAndAnAllGather) {
  for (const DataFile& file : stack_files(DataFolders())) {
    const CommunicationStack stack = shipped(file.name);
    for (const ClusterFacts& facts : {machine(300), machines(1), machines(2), machines(3), machines(64)}) {
      for (const Operation operation : {Operation::all_reduce, Operation::all_gather}) {
        for (std::int64_t bytes = 0; bytes <= std::int64_t{1} << 34; bytes = 2 * bytes + 1) {
          const network::Chosen chosen = network::choose(stack, {operation, "", Bytes(bytes)}, facts);
          ASSERT_NE(chosen.variant, nullptr);
          ASSERT_EQ(chosen.row->operation, operation) << file.name;
        }
      }
    }
  }
}

/// Those that some variant or other has.
std::vector<Operation> operations_of(const CommunicationStack& stack) {
  std::vector<Operation> result;
  for (const network::CollectiveRow& row : network::collectives()) {
    const bool known = std::ranges::find(result, row.operation) != result.end();
    if (!known && !network::algorithms_for(stack, row.operation).empty()) result.push_back(row.operation);
  }
  return result;
}

// All but the push-pull, which is none of theirs.
TEST(ShippedStacks, EachHasAllOperationsForAllRanksAndSizes) {
  for (const DataFile& file : stack_files(DataFolders())) {
    const CommunicationStack stack = shipped(file.name);
    const std::vector<Operation> operations = operations_of(stack);
    EXPECT_EQ(operations.size(), 8u) << file.name;
    for (const Operation operation : operations) {
      for (int ranks = 1; ranks <= 17; ++ranks) {
        const ClusterFacts alone{ranks, 1, gigabytes(300), gigabytes(1e9)};
        for (const ClusterFacts& facts : {alone, machines(ranks)}) {
          for (std::int64_t bytes = 0; bytes <= 1'000'000'000; bytes = 2 * bytes + 1) {
            const network::Chosen chosen = network::choose(stack, {operation, "", Bytes(bytes)}, facts);
            ASSERT_NE(chosen.variant, nullptr) << file.name << ", " << name_of(operation) << " of " << bytes;
            ASSERT_EQ(chosen.row->operation, operation) << file.name;
          }
        }
      }
    }
  }
}

// NCCL's sends and receives in a group: by LL up to 16 KiB to each peer.
TEST(NcclOnHopper, SendsAllAtOnceWhereItHasNoCollective) {
  const CommunicationStack stack = shipped("nccl-hopper");
  EXPECT_EQ(choice(stack, Operation::all_to_all, 8 * 16'384, machine(450)), "direct-all-to-all LL");
  EXPECT_EQ(choice(stack, Operation::all_to_all, 8 * 16'385, machine(450)), "direct-all-to-all Simple");
  EXPECT_EQ(choice(stack, Operation::gather, 1 << 30, machines(16)), "direct-gather Simple");
  EXPECT_EQ(choice(stack, Operation::scatter, 64, machines(16)), "direct-scatter LL");
}

// Eight H100: 14 hops of a ring take 6.6 + 14 * 0.6 = 15 us by LL, 14 + 14 * 1.9 = 40.6 by LL128, 8.4 + 14 * 3.4 = 56 by Simple,
// and the switch 25. A ring sends 7/4 of the vector: by LL at 141 GB/s, by LL128 at 0.92 * 0.824 of 450, by Simple at 0.824 of
// 450. The switch takes 6/5 of it, at 0.824 of 450.
TEST(NcclOnHopper, EstimatesAreThoseOfItsTuning) {
  const CommunicationStack stack = shipped("nccl-hopper");
  const double bytes = 1 << 22, link = 450e9 * 0.824;
  const auto of = [&](const char* protocol, const char* row) { return seconds(stack, protocol, row, bytes, machine(450)); };
  EXPECT_NEAR(of("LL", "ring-all-reduce"), 15e-6 + 1.75 * bytes / 141e9, 1e-12);
  EXPECT_NEAR(of("LL128", "ring-all-reduce"), 40.6e-6 + 1.75 * bytes / (0.92 * link), 1e-8);
  EXPECT_NEAR(of("Simple", "ring-all-reduce"), 56e-6 + 1.75 * bytes / link, 1e-12);
  EXPECT_NEAR(of("NVLS", "direct-all-reduce"), 25e-6 + 1.2 * bytes / link, 1e-12);
  // A tree is a chain of seven hops here, up and down: at 4 MiB, 2^16 times 64 bytes, 0.7, 0.8 and 0.7 of its bandwidth.
  EXPECT_NEAR(of("LL", "double-tree-all-reduce"), (6.8 + 14 * 0.6) * 1e-6 + 2 * bytes / (0.7 * 0.92 / 3.8 * link), 3e-8);
  EXPECT_NEAR(of("LL128", "double-tree-all-reduce"), 31.5e-6 + 2 * bytes / (0.8 * 0.92 * 7 / 9 * link), 1e-8);
  EXPECT_NEAR(of("Simple", "double-tree-all-reduce"), 64.4e-6 + 2 * bytes / (0.7 * 0.92 * link), 1e-8);
}

// LL and the switch meet where 15 us + 1.75 S / 141 GB/s = 25 us + 1.2 S / 370.8 GB/s: at 1,090 kB.
TEST(NcclOnHopper, GoesFromLlToTheSwitch) {
  const CommunicationStack stack = shipped("nccl-hopper");
  EXPECT_EQ(all_reduce(stack, 8, machine(450)), "ring-all-reduce LL");
  EXPECT_EQ(all_reduce(stack, 1 << 20, machine(450)), "ring-all-reduce LL");
  EXPECT_EQ(all_reduce(stack, 1 << 21, machine(450)), "direct-all-reduce NVLS");
  EXPECT_EQ(all_reduce(stack, std::int64_t{1} << 33, machine(450)), "direct-all-reduce NVLS");
  const std::vector<Bytes> points = network::switch_points(stack, {Operation::all_reduce, "", Bytes(0)}, machine(450),
                                                           Bytes(1024), Bytes(std::int64_t{1} << 34));
  ASSERT_EQ(points.size(), 1u);
  EXPECT_NEAR(static_cast<double>(points[0].count()), 10e-6 / (1.75 / 141e9 - 1.2 / 370.8e9), 300);
}

// A100, 240 GB/s of 300: LL from 15 us at 87.7 GB/s, LL128 from 40.6 us at 220.8, Simple from 56 us at 240.
TEST(NcclOnAmpere, GoesFromLlOverLl128ToSimple) {
  const CommunicationStack stack = shipped("nccl-ampere");
  EXPECT_EQ(all_reduce(stack, 1 << 16, machine(300)), "ring-all-reduce LL");
  EXPECT_EQ(all_reduce(stack, 2'120'000, machine(300)), "ring-all-reduce LL");
  EXPECT_EQ(all_reduce(stack, 2'140'000, machine(300)), "ring-all-reduce LL128");
  EXPECT_EQ(all_reduce(stack, 1 << 24, machine(300)), "ring-all-reduce LL128");
  EXPECT_EQ(all_reduce(stack, 1 << 28, machine(300)), "ring-all-reduce Simple");
}

TEST(NcclOnVolta, HasNoLl128WithoutNvlink) {
  CommunicationStack stack = shipped("nccl-volta");
  const ClusterFacts pcie{4, 1, gigabytes(15.75), gigabytes(1e9)};
  stack.join = network::GpuJoin::pcie;
  for (std::int64_t bytes = 8; bytes <= 1 << 30; bytes *= 2) {
    EXPECT_EQ(all_reduce(stack, bytes, pcie).find("LL128"), std::string::npos) << bytes;
  }
}

// 64 machines: a ring's 126 hops of 5 us against a tree's 12; for many bytes 1.97 S at all of the link against 2 S at 0.83 of it.
// Two machines: two hops against two, and one S against two.
TEST(NcclOnHopper, TakesTreesAcrossManyMachinesUntilBytesCount) {
  const CommunicationStack stack = shipped("nccl-hopper");
  EXPECT_EQ(all_reduce(stack, 1024, machines(64)), "double-tree-all-reduce LL");
  EXPECT_EQ(all_reduce(stack, std::int64_t{1} << 32, machines(64)), "ring-all-reduce Simple");
  EXPECT_EQ(all_reduce(stack, 1 << 28, machines(2)), "ring-all-reduce Simple");
  EXPECT_NEAR(seconds(stack, "LL", "double-tree-all-reduce", 0, machines(64)), 66.8e-6, 1e-12);
  EXPECT_NEAR(seconds(stack, "LL", "ring-all-reduce", 0, machines(64)), 636.6e-6, 1e-12);
  EXPECT_NEAR(seconds(stack, "Simple", "ring-all-reduce", 12.5e9, machines(64)), (8.4 + 1.4 * 126 * 14) * 1e-6 + 2.0 * 63 / 64,
              1e-9);
}

// 4 machines of 8: 62 hops, 6 of them across; between machines no hop takes less than the proxies' 1 us.
TEST(NcclOnHopper, CountsHopsInsideAndAcross) {
  const CommunicationStack stack = shipped("nccl-hopper");
  const ClusterFacts facts{32, 4, gigabytes(450), gigabytes(50)};
  EXPECT_NEAR(seconds(stack, "LL", "ring-all-reduce", 0, facts), (6.6 + 56 * 1 + 6 * 2.7) * 1e-6, 1e-12);
  EXPECT_NEAR(seconds(stack, "Simple", "ring-all-reduce", 0, facts), (8.4 + 56 * 3.4 + 6 * 14) * 1e-6, 1e-12);
  EXPECT_NEAR(seconds(stack, "LL", "double-tree-all-reduce", 0, facts), (6.8 + 2 * (7 * 0.6 + 2 * 5)) * 1e-6, 1e-12);
}

TEST(OpenMpi, ChangesAtTenThousandBytes) {
  const CommunicationStack stack = shipped("open-mpi");
  EXPECT_EQ(all_reduce(stack, 9'999, machines(12)), "doubling-all-reduce");
  EXPECT_EQ(all_reduce(stack, 10'000, machines(12)), "ring-all-reduce");
  EXPECT_EQ(network::switch_points(stack, {Operation::all_reduce, "", Bytes(0)}, machines(12), Bytes(0), Bytes(1 << 30)),
            std::vector{Bytes(10'000)});
  const auto of = choices("open-mpi");
  EXPECT_EQ(of(Operation::all_gather, 49'999, 16), "doubling-all-gather");
  EXPECT_EQ(of(Operation::all_gather, 49'999, 12), "bruck-all-gather");
  EXPECT_EQ(of(Operation::all_gather, 50'000, 16), "ring-all-gather");
  EXPECT_EQ(of(Operation::all_gather, 8, 2), "ring-all-gather");
  EXPECT_EQ(of(Operation::reduce_scatter, 12'288, 12), "halving-reduce-scatter");
  EXPECT_EQ(of(Operation::reduce_scatter, 12'289, 12), "ring-reduce-scatter");
  EXPECT_EQ(of(Operation::reduce_scatter, 262'144, 16), "halving-reduce-scatter");
  EXPECT_EQ(of(Operation::reduce_scatter, 262'145, 16), "ring-reduce-scatter");
  // at 13,000 bytes it takes 23.6 ranks
  EXPECT_EQ(of(Operation::reduce_scatter, 13'000, 24), "halving-reduce-scatter");
  EXPECT_EQ(of(Operation::reduce_scatter, 13'000, 23), "ring-reduce-scatter");
  EXPECT_EQ(of(Operation::all_to_all, 16 * 2'999, 16), "direct-all-to-all");
  EXPECT_EQ(of(Operation::all_to_all, 16 * 3'000, 16), "pairwise-all-to-all");
}

// coll_tuned_decision_fixed.c, by hand.
TEST(OpenMpi, RootedCollectives) {
  const auto of = choices("open-mpi");
  EXPECT_EQ(of(Operation::broadcast, 2'047, 16), "broadcast");
  EXPECT_EQ(of(Operation::broadcast, 2'048, 16), "split-tree-broadcast");
  EXPECT_EQ(of(Operation::broadcast, 370'727, 16), "split-tree-broadcast");
  EXPECT_EQ(of(Operation::broadcast, 370'728, 16), "chain-broadcast");
  EXPECT_EQ(of(Operation::broadcast, 1'000'000, 12), "split-tree-broadcast") << "12 >= 1.6 + 2.1";
  EXPECT_EQ(of(Operation::broadcast, 1'000'000, 3), "chain-broadcast") << "3 < 1.6 + 2.1";
  EXPECT_EQ(of(Operation::reduce, 511, 7), "direct-reduce");
  EXPECT_EQ(of(Operation::reduce, 512, 7), "reduce");
  EXPECT_EQ(of(Operation::reduce, 511, 8), "reduce");
  EXPECT_EQ(of(Operation::reduce, 20'479, 7), "reduce");
  EXPECT_EQ(of(Operation::reduce, 20'480, 16), "reduce") << "16 > 12.0 + 1.3";
  EXPECT_EQ(of(Operation::reduce, 26'000, 16), "chain-reduce") << "16 < 15.3 + 1.3";
  EXPECT_EQ(of(Operation::reduce, 1'000'000, 16), "chain-reduce");
  EXPECT_EQ(of(Operation::gather, 16 * 1'023, 16), "gather");
  EXPECT_EQ(of(Operation::gather, 16 * 1'024, 16), "direct-gather");
  EXPECT_EQ(of(Operation::gather, 64 * 6'000, 64), "gather");
  EXPECT_EQ(of(Operation::gather, 64 * 6'001, 64), "direct-gather");
  EXPECT_EQ(of(Operation::gather, 10, 10), "direct-gather");
  EXPECT_EQ(of(Operation::scatter, 11 * 299, 11), "scatter");
  EXPECT_EQ(of(Operation::scatter, 11 * 300, 11), "direct-scatter");
}

TEST(Mpich, RootedCollectives) {
  const auto of = choices("mpich");
  EXPECT_EQ(of(Operation::broadcast, 12'287, 16), "broadcast");
  EXPECT_EQ(of(Operation::broadcast, 12'288, 7), "broadcast");
  EXPECT_EQ(of(Operation::broadcast, 12'288, 8), "scatter-doubling-broadcast");
  EXPECT_EQ(of(Operation::broadcast, 524'287, 16), "scatter-doubling-broadcast");
  EXPECT_EQ(of(Operation::broadcast, 524'288, 16), "scatter-all-gather-broadcast");
  EXPECT_EQ(of(Operation::broadcast, 12'288, 12), "scatter-all-gather-broadcast");
  EXPECT_EQ(of(Operation::reduce, 2'048, 12), "reduce");
  EXPECT_EQ(of(Operation::reduce, 2'049, 12), "halving-gather-reduce");
  EXPECT_EQ(of(Operation::gather, 1 << 20, 12), "gather");
  EXPECT_EQ(of(Operation::scatter, 1 << 20, 12), "scatter");
}

TEST(Mpich, ChangesAtTwoKibibytesAndByPowersOfTwo) {
  const CommunicationStack stack = shipped("mpich");
  EXPECT_EQ(all_reduce(stack, 2048, machines(12)), "doubling-all-reduce");
  EXPECT_EQ(all_reduce(stack, 2049, machines(12)), "halving-doubling-all-reduce");
  const auto of = choices("mpich");
  EXPECT_EQ(of(Operation::all_gather, 524'287, 16), "doubling-all-gather");
  EXPECT_EQ(of(Operation::all_gather, 524'288, 16), "ring-all-gather");
  EXPECT_EQ(of(Operation::all_gather, 81'919, 12), "bruck-all-gather");
  EXPECT_EQ(of(Operation::all_gather, 81'920, 12), "ring-all-gather");
}

TEST(Gloo, HasOneAlgorithmForEachOperation) {
  const CommunicationStack stack = shipped("gloo");
  for (const std::int64_t bytes : {1, 1 << 10, 1 << 30}) {
    EXPECT_EQ(all_reduce(stack, bytes, machines(12)), "ring-all-reduce");
    EXPECT_EQ(choice(stack, Operation::broadcast, bytes, machines(12)), "broadcast");
    EXPECT_EQ(choice(stack, Operation::reduce, bytes, machines(12)), "ring-gather-reduce");
  }
}

// scenarios/stacks: 9.6 us, and 62.5 us between machines, 46 us inside, for each of a ring's steps.
TEST(Gloo, TakesWhatWasMeasured) {
  const CommunicationStack stack = shipped("gloo");
  const auto empty = [&](const ClusterFacts& facts) { return seconds(stack, "", "ring-all-reduce", 0, facts); };
  EXPECT_NEAR(empty(machines(2)), (9.6 + 2 * 62.5) * 1e-6, 1e-12);
  EXPECT_NEAR(empty(machines(12)), (9.6 + 22 * 62.5) * 1e-6, 1e-12);
  EXPECT_NEAR(empty(machine(300)), (9.6 + 14 * 46) * 1e-6, 1e-12);
}

models::NetworkProfile network_of(const std::string& lines) {
  const TemporaryFolder folder;
  const Scenario scenario =
      load_scenario(folder.write("s.toml", "[training]\nworkers = 4\n[[method]]\nname = \"s-sgd\"\n" + lines));
  return scenario.networks.at(0);
}

TEST(StackOfANetwork, NamesAShippedOneAndChangesNumbers) {
  const std::string variant = "\n[[network.stack.variant]]\nalgorithms = [\"direct-all-reduce\"]\n";
  const models::NetworkProfile network =
      network_of("[[network]]\nall_reduce = \"auto\"\n[network.stack]\nbase = \"mpich\"\nefficiency = 0.9" + variant);
  EXPECT_EQ(network.stack.name, "MPICH");
  EXPECT_EQ(network.stack.efficiency, 0.9);
  EXPECT_EQ(network.stack.choice, network::Choice::first);
  ASSERT_EQ(network.stack.variants.size(), shipped("mpich").variants.size() + 1);
  EXPECT_EQ(network.stack.variants.front().algorithms.front(), "direct-all-reduce") << "its own come first";
  EXPECT_EQ(network.algorithms.all_reduce, "auto-all-reduce");
  EXPECT_EQ(network.algorithms.all_gather, "ring-all-gather");
}

TEST(StackOfANetwork, SaysByWhichNicsItGoes) {
  for (const char* own : {"gloo", "open-mpi", "mpich"}) EXPECT_FALSE(shipped(own).all_nics) << own;
  for (const char* all : {"nccl-volta", "nccl-ampere", "nccl-hopper"}) EXPECT_TRUE(shipped(all).all_nics) << all;
  EXPECT_TRUE(network_of("[[network]]\n").stack.all_nics);
  EXPECT_FALSE(network_of("[[network]]\n[network.stack]\nnics = \"own\"\n").stack.all_nics);
}

// nccl-hopper's file says NVSwitch.
TEST(StackOfANetwork, HasItsGpusJoinedAsTheMachineSays) {
  const auto join = [](const std::string& machine, const std::string& stack) {
    return network_of("[[network]]\n" + machine + "[network.stack]\nbase = \"nccl-hopper\"\n" + stack).stack.join;
  };
  const auto machine = [](const std::string& name) { return "gpus_per_node = 4\nmachine = \"" + name + "\"\n"; };
  EXPECT_EQ(join(machine("pcie"), ""), network::GpuJoin::pcie);
  EXPECT_EQ(join(machine("nvlink"), ""), network::GpuJoin::nvlink);
  EXPECT_EQ(join(machine("nvswitch"), ""), network::GpuJoin::nvswitch);
  EXPECT_EQ(join(machine("pcie"), "inside = \"nvlink\"\n"), network::GpuJoin::nvlink) << "the network says so itself";
  EXPECT_EQ(join("", ""), network::GpuJoin::nvswitch) << "hosts say nothing";
  EXPECT_EQ(join(machine("switch"), "inside = \"pcie\"\n"), network::GpuJoin::pcie);
}

// One on PCIe has no NVLS and no LL128.
TEST(StackOfANetwork, ChoosesByTheMachineItIsOn) {
  const auto chosen = [](const std::string& machine) {
    const models::NetworkProfile network = network_of("[[network]]\nall_reduce = \"auto\"\ngpus_per_node = 4\nmachine = \"" +
                                                      machine + "\"\n[network.stack]\nbase = \"nccl-hopper\"\n");
    network::Routing routing(network.cluster.topology);
    return all_reduce(network.stack, 1 << 28, network::facts_of(network.cluster, routing));
  };
  EXPECT_EQ(chosen("nvswitch"), "direct-all-reduce NVLS");
  EXPECT_EQ(chosen("pcie"), "ring-all-reduce Simple");
}

TEST(StackOfANetwork, IsThatOfABaseThatSaysWhatJoinsItsGpus) {
  const TemporaryFolder folder;
  folder.write("own.toml", "machine = \"pcie\"\ngpus_per_node = 4\n[stack]\nbase = \"nccl-hopper\"\ninside = \"nvlink\"\n");
  const std::string text = "[training]\nworkers = 4\n[[method]]\nname = \"s-sgd\"\n[[network]]\nbase = \"own.toml\"\n";
  EXPECT_EQ(load_scenario(folder.write("s.toml", text)).networks.at(0).stack.join, network::GpuJoin::nvlink);
}

TEST(StackOfANetwork, IsThatOfItsBaseUnlessItNamesAnother) {
  const std::string head = "[[network]]\nbase = \"10gbe\"\nname = \"own\"\n";
  EXPECT_EQ(network_of(head).stack.name, "NCCL over TCP");
  EXPECT_EQ(network_of(head).stack.variants.size(), 0u);
  EXPECT_EQ(network_of(head + "[network.stack]\nlaunch = \"9 us\"\n").stack.name, "NCCL over TCP");
  const models::NetworkProfile gloo = network_of(head + "[network.stack]\nbase = \"gloo\"\n");
  EXPECT_EQ(gloo.stack.name, "Gloo");
  EXPECT_EQ(gloo.stack.launch, Time::nanoseconds(9600));
  EXPECT_EQ(gloo.stack.efficiency, 1);
}

}  // namespace
}  // namespace syncline::scenarios
