// What `run` would refuse before it trains, `check` refuses.
#include <gtest/gtest.h>

#include "tests/tools/program.h"

namespace syncline::tools {
namespace {

std::string scenario(const std::string& training, const std::string& dataset) {
  return "networks = [\"10gbe\"]\n[training]\n" + training + "\n[dataset]\n" + dataset + "\n[[method]]\nname = \"s-sgd\"\n";
}

void expect_same_complaint(const std::string& text, const std::string& part) {
  const Workplace place;
  place.write("s.toml", text);
  const ProgramResult checked = place.run({"check", "s.toml"});
  EXPECT_EQ(checked.code, 2);
  EXPECT_EQ(checked.err, place.run({"run", "s.toml", "--quiet"}).err);
  EXPECT_NE(checked.err.find(part), std::string::npos) << checked.err;
}

TEST(Check, SaysWhatANetworkDoesBesidesItsNumbers) {
  const Workplace place;
  const std::string rest = "[training]\ntrain = false\nmodel = \"lenet\"\nworkers = 4\n[[method]]\nname = \"s-sgd\"\n";
  place.write("shaped.toml", "networks = [\"netns-100mbit\"]\n" + rest);
  place.write("plain.toml", "networks = [\"10gbe\"]\n" + rest);
  for (const char* part : {"holds backward up", "after a pause"}) {
    EXPECT_NE(place.run({"check", "shaped.toml"}).out.find(part), std::string::npos) << part;
    EXPECT_EQ(place.run({"check", "plain.toml"}).out.find(part), std::string::npos) << part;
  }
}

TEST(Check, RefusesADataSetThatIsMissing) {
  expect_same_complaint(scenario("model = \"mlp\"", "name = \"fashion-mnist\"\nfolder = \"nowhere\""),
                        "s.toml:6: dataset.folder");
}

TEST(Check, RefusesMoreWorkersThanSamples) {
  expect_same_complaint(scenario("model = \"mlp\"\nworkers = 1000", "name = \"synthetic\"\ntrain = 512"), "512");
}

TEST(Check, RefusesImagesThatTheModelCannotTake) {
  expect_same_complaint(scenario("model = \"lenet\"", "name = \"synthetic\"\nheight = 4"), "s.toml:3: training.model");
}

TEST(Check, RefusesWhatDoesNotFitIntoMemory) {
  expect_same_complaint(
      scenario("model = \"mlp\"", "name = \"synthetic\"\nheight = 4096\nwidth = 4096\ntrain = 1000000\ntest = 1000"),
      "s.toml:8: dataset.train: 1001000 samples of 16777216 numbers need 67176.0 GB of memory at least; this machine has ");
  // Floats a sample: 784 of input, and of activations 6 * 28^2 and 16 * 10^2 (convolutions), 6 * 14^2 and 16 * 5^2 (pooling),
  // 120, 84, 10: 8,878 in all. A worker has 61,706 gradients besides.
  const std::string large = scenario("model = \"lenet\"\nbatch = 65536\nworkers = 4096",
                                     "name = \"synthetic\"\nheight = 28\nwidth = 28\ntrain = 8192\ntest = 10");
  expect_same_complaint(large, "s.toml:4: training.batch: 4096 workers with 65536 samples each in a step need 9533.7 GB");
  expect_same_complaint(large + "[[method]]\nname = \"k-avg\"\nstep_size = \"diminishing\"\n",
                        "s.toml:4: training.batch: 4096 workers with 1048576 samples each in a step need ");
}

TEST(Check, RefusesWhatSimulatedTimeCannotCount) {
  const std::string fine = scenario("model = \"mlp\"", "name = \"synthetic\"");
  const std::string network = "[[network]]\nname = \"n\"\ntopology = \"star\"\n";
  expect_same_complaint(fine + network + "bandwidth = \"1e-3 bit/s\"", "network[0].bandwidth: must be at least 1 kbit/s");
  expect_same_complaint(fine + network + "latency = \"8999999 s\"", "network[0].latency: must be at most 1000 s");
  expect_same_complaint(fine + "[gpu]\nflops = \"1 FLOP/s\"\nmemory = \"1 GB/s\"", "gpu.flops: must be at least 1 MFLOP/s");
}

TEST(Check, TakesWhatWasMeasured) {
  const Workplace place;
  const std::string text =
      "networks = [\"10gbe\"]\n[training]\ntrain = false\nmodel = \"lenet\"\n[[method]]\nname = \"s-sgd\"\n"
      "[[iteration]]\nsubset = \"all\"\nnetwork = \"10gbe\"\nmethod = \"s-sgd\"\nsource = \"none\"\n";
  place.write("m.toml", text + "points = [[4, \"9 ms\"], [8, \"5000 samples/s\"]]\n");
  const ProgramResult fine = place.run({"check", "m.toml"});
  EXPECT_EQ(fine.code, 0) << fine.err;
  EXPECT_NE(fine.out.find("  measured  2 of all on 10gbe\n"), std::string::npos) << fine.out;
  EXPECT_EQ(place.run({"check", "m.toml", "--seed", "2"}).code, 2);
  const auto complaint = [&](const std::string& points) {
    place.write("m.toml", text + "points = " + points + "\n");
    const ProgramResult result = place.run({"check", "m.toml"});
    EXPECT_EQ(result.code, 2);
    return result.err;
  };
  EXPECT_NE(complaint("[[4, 9]]").find("such as [[4, \"902 ms\"], [8, \"1.1 s\"]]"), std::string::npos);
  EXPECT_NE(complaint("[[4, \"9 samples\"]]").find("; or a rate such as \"925 samples/s\""), std::string::npos);
}

}  // namespace
}  // namespace syncline::tools
