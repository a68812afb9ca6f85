// syncline calibrate: what made synthetic measurements comes back, from the file to the profile.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

#include "scenarios/measured.h"
#include "tests/seeds.h"
#include "tests/tools/measured_file.h"
#include "tests/tools/program.h"
#include "tools/calibration.h"

namespace syncline::tools {
namespace {

using nlohmann::json;

/// A network in a section of its own, with a stack whose ring has hops of its own.
std::string network_with(const std::string& latency, const std::string& efficiency, const std::string& hop) {
  return "[[network]]\nname = \"n\"\ntopology = \"star\"\nbandwidth = \"10 Gbit/s\"\nlatency = \"" + latency +
         "\"\n[network.stack]\nefficiency = " + efficiency +
         "\n[[network.stack.variant]]\nalgorithms = [\"ring-all-gather\"]\nprotocol = \"own\"\nhop_network = \"" + hop + "\"\n";
}

/// Two curves, and one point in a subset of its own; times by `seconds` of (series, point).
template <class Seconds>
std::string file_of(const std::string& network, const Seconds& seconds) {
  std::string text = network;
  int number = 0;
  for (const char* op : {"all-reduce", "all-gather"}) {
    for (const char* subset : {"fit", "judge"}) {
      text += fmt::format("[[collective]]\nsubset = \"{}\"\nnetwork = \"n\"\nworkers = 8\nop = \"{}\"\npoints = [", subset, op);
      for (const std::int64_t bytes : {1000, 30'000, 1'000'000, 30'000'000}) {
        const std::int64_t size = std::string(subset) == "fit" ? bytes : 2 * bytes;
        text += fmt::format("[{}, \"{:.9g} us\"], ", size, 1e6 * seconds(number++));
      }
      text += "]\n";
    }
  }
  return text;
}

std::vector<double> truth(const Workplace& place) {
  const std::string file = place.write("truth.toml", file_of(network_with("25 us", "0.9", "80 us"), [](int) { return 1.0; }));
  const scenarios::MeasuredScenario scenario = scenarios::MeasuredScenario::load(file);
  std::vector<std::size_t> all(scenario.cases().size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  return scenario.predict(all);
}

const std::vector<std::string> kParameters = {"latency", "stack.efficiency", "stack.variant.ring-all-gather/own.hop_network"};
const std::string kStart = network_with("5 us", "0.6", "300 us");

TEST(Calibrate, FindsWhatMadeTheMeasurements) {
  const Workplace place;
  const std::vector<double> seconds = truth(place);
  const std::string file = place.write("m.toml", file_of(kStart, [&](int i) { return seconds[static_cast<std::size_t>(i)]; }));
  const Calibration fit = calibrate({file, "fit", "", kParameters});
  EXPECT_EQ(fit.network, "n");
  EXPECT_NEAR(fit.parameters[0].value, 25e-6, 1e-3 * 25e-6);
  EXPECT_NEAR(fit.parameters[1].value, 0.9, 1e-3);
  EXPECT_NEAR(fit.parameters[2].value, 80e-6, 1e-3 * 80e-6);
  EXPECT_EQ(fit.fitted.cases, 8u);
  EXPECT_EQ(fit.judged.cases, 8u);
  EXPECT_LT(fit.judged.greatest, 1e-3);
  EXPECT_GT(fit.judged_before.greatest, 0.1);
}

// A launch that nobody knew: zero says nothing of its scale. Here it is 5 ms, most of a short call; for the start alone, any launch
// of less than a millisecond looks alike.
TEST(Calibrate, FindsATimeThatWasZero) {
  const Workplace place;
  const auto network = [](const std::string& launch, const std::string& efficiency) {
    return "[[network]]\nname = \"n\"\ntopology = \"star\"\nbandwidth = \"100 Mbit/s\"\nlatency = \"25 us\"\nburst = \"64 KiB\"\n"
           "burst_bandwidth = \"10 Gbit/s\"\n[network.stack]\nlaunch = \"" +
           launch + "\"\nefficiency = " + efficiency + "\n";
  };
  const auto one = [](int) { return 1.0; };
  const auto truth = scenarios::MeasuredScenario::load(place.write("truth.toml", file_of(network("5 ms", "0.95"), one)));
  std::vector<std::size_t> all(truth.cases().size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  const std::vector<double> seconds = truth.predict(all);
  const std::string file =
      place.write("m.toml", file_of(network("0 us", "0.8"), [&](int i) { return seconds[static_cast<std::size_t>(i)]; }));
  const Calibration fit = calibrate({file, "fit", "", {"stack.launch", "stack.efficiency"}});
  EXPECT_NEAR(fit.parameters[0].value, 5e-3, 1e-3 * 5e-3);
  EXPECT_NEAR(fit.parameters[1].value, 0.95, 1e-3);
}

// Of 3 parameters and 10 sets, 28.5 intervals of 95 % cover the truth on average, with a standard deviation of 1.2: 23 at least.
TEST(Calibrate, IntervalsCoverWhatMadeNoisyMeasurements) {
  constexpr int kSets = 10;
  const Workplace place;
  const std::vector<double> seconds = truth(place);
  for (const std::uint64_t seed : seeds(1)) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    std::normal_distribution<double> noise(0, 0.02);
    const double made_by[] = {25e-6, 0.9, 80e-6};
    int covered = 0;
    for (int set = 0; set < kSets; ++set) {
      const auto noisy = [&](int i) { return seconds[static_cast<std::size_t>(i)] * std::exp(noise(random)); };
      const Calibration fit = calibrate({place.write("m.toml", file_of(kStart, noisy)), "fit", "n", kParameters});
      for (std::size_t i = 0; i < kParameters.size(); ++i) {
        const auto& interval = fit.parameters[i].interval;
        ASSERT_TRUE(interval);
        covered += interval->first <= made_by[i] && made_by[i] <= interval->second;
      }
    }
    EXPECT_GE(covered, 23);
  }
}

// What is not in the subset has no influence, whatever it says.
TEST(Calibrate, LooksAtItsSubsetOnly) {
  const Workplace place;
  const std::vector<double> seconds = truth(place);
  const auto fitted = [&](double factor_of_others) {
    const auto time = [&](int i) { return seconds[static_cast<std::size_t>(i)] * ((i / 4) % 2 == 1 ? factor_of_others : 1); };
    return calibrate({place.write("m.toml", file_of(kStart, time)), "fit", "n", kParameters});
  };
  const Calibration plain = fitted(1), other = fitted(7);
  for (std::size_t i = 0; i < kParameters.size(); ++i) EXPECT_EQ(plain.parameters[i].value, other.parameters[i].value);
  EXPECT_NEAR(other.judged.mean, 1 - 1.0 / 7, 1e-3);
}

// The profile has what the network had, the fitted numbers, and says where they are from; what it gives is what was printed.
TEST(Calibrate, WritesANetworkThatAgrees) {
  const Workplace place;
  const std::vector<double> seconds = truth(place);
  place.write("m.toml",
              file_of(kStart, [&](int i) { return seconds[static_cast<std::size_t>(i)] * (i % 2 == 0 ? 1.03 : 0.98); }));
  const ProgramResult result = place.run(
      {"calibrate", "m.toml", "--fit", "fit", "--output", "networks/n.toml", "--parameters", "latency, stack.efficiency"});
  EXPECT_EQ(result.code, 2);  // there is no such folder
  std::filesystem::create_directory(place.path("networks"));
  ASSERT_EQ(place
                .run({"calibrate", "m.toml", "--fit", "fit", "--output", "networks/n.toml", "--parameters",
                      kParameters[0] + "," + kParameters[1] + "," + kParameters[2]})
                .code,
            0);
  const std::string profile = place.read("networks/n.toml");
  for (const char* part :
       {"topology = \"star\"", "bandwidth = \"10 Gbit/s\"", "[[stack.variant]]", "[[fitted]]", "subset = \"fit\"",
        "scenario = \"m.toml\"", "command = \"syncline calibrate m.toml --fit fit --network n --parameters "}) {
    EXPECT_NE(profile.find(part), std::string::npos) << part << " is not in:\n" << profile;
  }
  place.write("m.toml", replaced(place.read("m.toml"), kStart, "networks = [\"n\"]\n"));
  const ProgramResult compared = place.run({"compare", "m.toml", "--json", "out.json"});
  ASSERT_EQ(compared.code, 0) << compared.err;
  const json file = json::parse(place.read("out.json"))["files"][0];
  EXPECT_EQ(file["fitted"]["cases"], 8);
  EXPECT_EQ(file["judged"]["cases"], 8);
  EXPECT_LT(file["judged"]["greatest"].get<double>(), 0.05);

  // Fitted again, from where it ended, it stays as it is, up to the four digits that are written.
  ASSERT_EQ(place
                .run({"calibrate", "m.toml", "--fit", "fit", "--output", "networks/again.toml", "--parameters",
                      kParameters[0] + "," + kParameters[1] + "," + kParameters[2]})
                .code,
            0);
  const auto number = [](const std::string& text, const std::string& key) {
    return std::stod(text.substr(text.find('\n' + key) + 1 + key.size()));
  };
  for (const char* key : {"latency = \"", "efficiency = ", "hop_network = \""}) {
    const double before = number(profile, key);
    EXPECT_NEAR(number(place.read("networks/again.toml"), key), before, 3e-4 * before) << key;
  }
}

// The optimiser's step of the cases that have it, and of no other network's; what it was is found again.
TEST(Calibrate, FindsAnUpdateOfTheTraining) {
  const Workplace place;
  const auto text = [](const std::string& update, const std::string& points) {
    std::string result =
        "[training]\ntrain = false\nmodel = \"lenet\"\nworkers = 4\nbatch = 8\n[[method]]\nname = \"s-sgd\"\nlabel = \"BSP\"\n"
        "schedule = \"bsp\"\n";
    for (const char* network : {"n", "m"}) {
      result += fmt::format(
          "[[network]]\nname = \"{}\"\nbandwidth = \"1 Gbit/s\"\n[[iteration]]\nsubset = \"fit\"\nnetwork = \"{}\"\n"
          "method = \"BSP\"\nsamples_per_second = 1000\nrate_has_update = false\nupdate = \"{}\"\npoints = {}\n",
          network, network, std::string(network) == "n" ? update : "1 ms", points);
    }
    return result;
  };
  const std::string unknown = "[[2, \"1 s\"], [4, \"1 s\"], [8, \"1 s\"]]";
  const scenarios::MeasuredScenario truth = scenarios::MeasuredScenario::load(place.write("truth.toml", text("9 ms", unknown)));
  const std::vector<std::size_t> of_n = {0, 1, 2};
  const std::vector<double> seconds = truth.predict(of_n);
  const std::string points = fmt::format("[[2, \"{:.12g} us\"], [4, \"{:.12g} us\"], [8, \"{:.12g} us\"]]", 1e6 * seconds[0],
                                         1e6 * seconds[1], 1e6 * seconds[2]);
  const std::string file = place.write("m.toml", text("2 ms", points));
  const Calibration fit = calibrate({file, "fit", "n", {"training.update", "bandwidth"}});
  EXPECT_NEAR(fit.parameters[0].value, 9e-3, 1e-6);
  EXPECT_NEAR(fit.parameters[1].value, 125e6, 1e5);
  EXPECT_LT(fit.fitted.greatest, 1e-4);
  const scenarios::MeasuredScenario scenario = scenarios::MeasuredScenario::load(file);
  const std::vector<std::size_t> of_m = {3, 4, 5};
  const std::vector<scenarios::Setting> others = {{"n", "training.update", "900 ms"}};
  EXPECT_EQ(scenario.predict(of_m, others), scenario.predict(of_m));
  EXPECT_THROW(calibrate({file, "fit", "n", {"training.samples"}}), UserError);
  const ProgramResult told =
      place.run({"calibrate", "m.toml", "--fit", "fit", "--network", "n", "--parameters", "training.update,bandwidth"});
  expect_parts(told.out, {"training.update is no number of the network: write update = \"", "\" where the scenario has it"});
}

TEST(Calibrate, RefusesWhatItCannotFit) {
  const Workplace place;
  place.write("m.toml", file_of(kStart, [](int i) { return 1e-3 * (i + 1); }));
  const auto error = [&](const std::string& subset, const std::string& parameters) {
    const ProgramResult result = place.run({"calibrate", "m.toml", "--fit", subset, "--parameters", parameters});
    EXPECT_EQ(result.code, 2) << result.out;
    return result.err;
  };
  const auto expect = [](const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " is not in:\n" << text;
  };
  expect(error("fid", "latency"), "--fit: no case is of 'fid'; did you mean 'fit'?");
  expect(error("fit", "latencie"), "'latencie' is no key of a network; did you mean 'latency'?");
  expect(error("fit", "topology"), "'topology' cannot be fitted");
  expect(error("fit", "stack.variant.ring/own.hop_network"), "the stack has no variant 'ring/own'");
  expect(error("fit", "latency,latency"), "'latency' is there twice");
  expect(error("fit", "latency,,"), "an empty key");
  // Of another operation than what was measured.
  expect(error("fit", "stack.variant.ring-all-gather/own.hop_nvlink"), "no prediction for them depends on it");
  EXPECT_EQ(place.run({"calibrate", "m.toml"}).code, 2);
  EXPECT_EQ(place.run({"calibrate", "m.toml", "--fit", "fit", "--network", "m"}).code, 2);
  // Not over the cases themselves, by whatever name.
  const std::string cases = place.read("m.toml");
  const ProgramResult over = place.run({"calibrate", "m.toml", "--fit", "fit", "--output", "./m.toml"});
  EXPECT_EQ(over.code, 2);
  expect(over.err, "is the scenario with the cases");
  EXPECT_EQ(place.read("m.toml"), cases);
}

}  // namespace
}  // namespace syncline::tools
