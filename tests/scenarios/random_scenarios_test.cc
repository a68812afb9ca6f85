// Scenarios that nobody would write, and that are legal all the same: each is run, none may beat its physical bound or end in
// another fault of ours, and the parts of a step add up to the step.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <exception>
#include <map>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "models/training/method.h"
#include "network/collectives/schedule.h"
#include "scenarios/run.h"
#include "scenarios/scenario.h"
#include "sim/random.h"
#include "tests/seeds.h"
#include "tests/temporary_folder.h"

namespace syncline::scenarios {
namespace {

const std::vector<std::string> kFabrics = {"star", "racks", "fat-tree", "fat-tree-3", "torus", "dragonfly", "two-sites"};
const std::vector<std::string> kMachines = {"host", "switch", "nvswitch", "nvlink", "pcie"};

std::vector<std::string> rows_of(network::Operation operation) {
  std::vector<std::string> names;
  for (const network::CollectiveRow& row : network::collectives()) {
    if (row.operation == operation) names.emplace_back(row.name);
  }
  return names;
}

class RandomScenario {
 public:
  /// Networks draw their algorithms from those given.
  explicit RandomScenario(std::uint64_t seed, std::vector<std::string> all_reduces = rows_of(network::Operation::all_reduce),
                          std::vector<std::string> all_gathers = rows_of(network::Operation::all_gather))
      : random_(seed, "random scenario"), all_reduces_(std::move(all_reduces)), all_gathers_(std::move(all_gathers)) {}

  std::string text() {
    std::string text = training();
    for (std::uint64_t n = 1 + random_.below(2); n > 0; --n) text += network(n);
    methods_ = 1 + random_.below(3);
    for (std::uint64_t n = methods_; n > 0; --n) text += method(n);
    return text;
  }

  /// S-SGD with its exchange after backward and within it, by rings whose transfers share no link, on links that stay.
  std::string bsp_and_wfbp() {
    plain_ = true;
    all_reduces_ = {"ring-all-reduce"};
    std::string text = training();
    text += network(1);  // which counts on the workers that training() draws
    text += "[[method]]\nlabel = \"BSP\"\nname = \"s-sgd\"\nschedule = \"serial\"\n";
    return text + "[[method]]\nlabel = \"WFBP\"\nname = \"s-sgd\"\nschedule = \"wfbp\"\n";
  }

  /// Any number of jobs beside the methods, on numbers or lists of workers, that leave some free or none.
  std::string with_jobs() {
    std::string text = this->text();
    std::vector<int> workers(static_cast<std::size_t>(workers_));
    std::iota(workers.begin(), workers.end(), 0);
    random_.shuffle(std::span(workers));
    for (int number = 0; !workers.empty(); ++number) {
      const auto count = static_cast<std::ptrdiff_t>(1 + random_.below(workers.size()));
      const std::vector<int> taken(workers.end() - count, workers.end());
      workers.resize(workers.size() - taken.size());
      text += fmt::format("[[job]]\nname = \"job {}\"\nmethod = \"method {}\"\n", number, 1 + random_.below(methods_));
      if (random_.below(2) == 0) {
        text += fmt::format("workers = [{}]\n", fmt::join(taken, ", "));
      } else {
        text += fmt::format("workers = {}\nplacement = \"{}\"\n", count, one_of<std::string>({"packed", "spread", "random"}));
      }
      if (random_.below(2) == 0) text += fmt::format("model = \"mlp\"\nbatch = {}\n", 1 + random_.below(20));
      if (random_.below(2) == 0) text += fmt::format("start = \"{} us\"\n", between(0.01, 1000));
    }
    return text;
  }

 private:
  std::string training() {
    workers_ = 1 + static_cast<int>(random_.below(12));
    const bool lenet = random_.below(4) == 0;
    const int batch = 1 + static_cast<int>(random_.below(4));
    std::string text = fmt::format("[training]\nmodel = \"{}\"\nworkers = {}\nbatch = {}\nepochs = {}\nlearning_rate = 1e-4\n",
                                   lenet ? "lenet" : "mlp", workers_, batch, 0.25 + random_.uniform());
    text += fmt::format("[dataset]\nname = \"synthetic\"\nheight = {0}\nwidth = {0}\ntrain = {1}\ntest = 8\n", lenet ? 12 : 6,
                        3 * workers_ * batch);
    text += fmt::format("[gpu]\nname = \"some\"\nflops = \"{} GFLOP/s\"\nmemory = \"{} GB/s\"\nlaunch = \"{} us\"\n",
                        between(1, 1e6), between(1, 1e4), often_zero(0.01, 1000));
    return text;
  }

  /// Anything from `least` to `greatest`, every order of magnitude alike; with three digits, as people write.
  double between(double least, double greatest) {
    const double value = least * std::pow(greatest / least, random_.uniform());
    const double unit = std::pow(10, std::floor(std::log10(value)) - 2);
    return std::min(greatest, std::max(least, std::round(value / unit) * unit));
  }
  double often_zero(double least, double greatest) { return random_.below(3) == 0 ? 0 : between(least, greatest); }
  template <class T>
  T one_of(const std::vector<T>& choices) {
    return choices[random_.below(choices.size())];
  }
  int divisor_of(int whole) {
    std::vector<int> divisors;
    for (int n = 1; n <= whole; ++n) {
      if (whole % n == 0) divisors.push_back(n);
    }
    return one_of(divisors);
  }

  std::string link(const std::string& prefix = "") {
    return fmt::format("{0}bandwidth = \"{1} Mbit/s\"\n{0}latency = \"{2} us\"\n", prefix, between(1, 1e6),
                       often_zero(0.01, 10000));
  }

  /// Every worker on one of a few switches, the switches in a chain; now and then, or between all, a link between two workers.
  /// Links are of one kind, or each has its own.
  std::string links() {
    std::string text;
    const std::string same = random_.below(2) == 0 ? link() : "";
    const auto add = [&](const std::string& from, const std::string& to) {
      text += fmt::format("[[network.link]]\nfrom = \"{}\"\nto = \"{}\"\n{}", from, to, same.empty() ? link() : same);
    };
    const std::uint64_t rarity = 1 + random_.below(4);
    const std::uint64_t switches = 1 + random_.below(3);
    for (std::uint64_t s = 1; s < switches; ++s) add(fmt::format("switch{}", s - 1), fmt::format("switch{}", s));
    for (int worker = 0; worker < workers_; ++worker) {
      add(fmt::format("worker{}", worker), fmt::format("switch{}", random_.below(switches)));
      for (int other = 0; other < worker; ++other) {
        if (random_.below(rarity) == 0) add(fmt::format("worker{}", other), fmt::format("worker{}", worker));
      }
    }
    return text;
  }

  /// Any fabric for so many machines of one NIC. Machines of several have rails as well.
  std::string fabric(int machines, bool many_nics) {
    const std::string name = one_of(plain_ ? std::vector<std::string>{"star", "racks"} : kFabrics);
    std::string text = link();
    const int group = divisor_of(machines);
    if (many_nics && random_.below(2) == 0) {
      return text + fmt::format("topology = \"rails\"\npod_hosts = {}\nspines = {}\n", group, 1 + random_.below(3));
    }
    if (name == "torus" && many_nics) return text;
    if (name == "two-sites" && machines < 2) return text;
    text += fmt::format("topology = \"{}\"\n", name);
    if (name == "racks") text += fmt::format("racks = {}\n{}", group, link("uplink_"));
    if (name == "fat-tree" || name == "fat-tree-3") {
      const int pod = name == "fat-tree" ? 1 : divisor_of(machines / group);
      text += fmt::format("leaf_hosts = {}\nspines = {}\noversubscription = {}\n", group, 1 + random_.below(3), between(0.1, 10));
      if (name == "fat-tree-3") text += fmt::format("pod_leaves = {}\ncores = {}\n", pod, 1 + random_.below(2));
    }
    if (name == "torus") text += fmt::format("torus = [{}, {}]\n", group, machines / group);
    if (name == "dragonfly") {
      text +=
          fmt::format("router_hosts = {}\ngroup_routers = 1\nrouter_globals = {}\n", group, machines / group + random_.below(3));
      text += link("uplink_") + link("far_");
    }
    if (name == "two-sites") text += fmt::format("first_site = {}\n{}", 1 + random_.below(machines - 1), link("far_"));
    return text;
  }

  /// Machines of some kind, and what joins them.
  std::string machines_and_fabric() {
    const std::string machine = one_of(plain_ ? std::vector<std::string>{"host", "switch"} : kMachines);
    one_link_ = machine == "host" || machine == "switch";
    if (machine == "host") return fabric(workers_, false);
    const int gpus = divisor_of(workers_);
    std::string text = fmt::format("machine = \"{}\"\ngpus_per_node = {}\n", machine, gpus);
    if (machine == "switch") return text + link("inside_") + fabric(workers_ / gpus, false);
    const int nics = divisor_of(gpus);
    return text + fmt::format("nics_per_node = {}\n", nics) + fabric(workers_ / gpus, nics > 1);
  }

  /// Cables of a worker that change by a list, or at random. Times as they fit the steps, more or less.
  std::string changes() {
    std::string text;
    for (std::uint64_t n = 1 + random_.below(2); n > 0; --n) {
      const std::string cable = fmt::format("from = \"worker{}\"\nto = \"*\"\n", random_.below(workers_));
      if (random_.below(2) == 0) {
        const double at = often_zero(0.01, 100);
        text += fmt::format("[[network.change]]\n{}at = \"{} ms\"\nstate = \"down\"\n", cable, at);
        text += fmt::format("[[network.change]]\n{}at = \"{} ms\"\nstate = \"up\"\n{}", cable, at + between(0.01, 100), link());
      } else {
        text += fmt::format("[[network.random_change]]\n{}mtbf = \"{} ms\"\nmttr = \"{} ms\"\n", cable, between(10, 1000),
                            between(0.1, 100));
        text += fmt::format("mean_between_changes = \"{} ms\"\nleast_bandwidth = {}\ngreatest_bandwidth = 2\nseed = {}\n",
                            between(1, 1000), between(0.01, 2), number_of_changes_++);
        text += fmt::format("mean_between_latencies = \"{} ms\"\nleast_latency = {}\n", between(1, 1000), often_zero(0.01, 2));
      }
    }
    return text;
  }

  /// Further keys of [network.stack].
  std::string stack() {
    return fmt::format("base = \"{}\"\ninside = \"{}\"\nchannels_across = {}\n",
                       one_of<std::string>({"nccl-hopper", "nccl-ampere", "nccl-volta", "gloo", "open-mpi", "mpich"}),
                       one_of<std::string>({"pcie", "nvlink", "nvswitch"}), 1 + random_.below(16));
  }

  std::string network(std::uint64_t number) {
    const bool shipped_stack = random_.below(2) == 0;
    const bool automatic = shipped_stack && all_reduces_.size() > 1 && random_.below(2) == 0;
    const bool by_hand = !plain_ && random_.below(4) == 0;
    const bool change = !plain_ && !by_hand && workers_ > 1 && random_.below(2) == 0;
    std::string text = fmt::format("[[network]]\nname = \"network {}\"\nall_reduce = \"{}\"\nall_gather = \"{}\"\n", number,
                                   automatic ? "auto" : one_of(all_reduces_), automatic ? "auto" : one_of(all_gathers_));
    one_link_ = false;
    text += by_hand ? "topology = \"links\"\n" : machines_and_fabric();
    if (random_.below(2) == 0) text += fmt::format("routing = \"ecmp\"\nrouting_seed = {}\n", random_.below(100));
    if (change) {
      text += fmt::format("measured_steps = {}\non_link_down = \"{}\"\n", 1 + random_.below(20),
                          one_of<std::string>({"stall", "reroute"}));
      text += changes();
    }
    text += fmt::format("[network.stack]\nlaunch = \"{} us\"\nefficiency = {}\n", often_zero(0.1, 10000), between(0.01, 1));
    if (shipped_stack) text += stack();
    if (by_hand) text += links();
    for (int worker = 0; worker < workers_; ++worker) {
      if (random_.below(4) != 0) continue;
      text += fmt::format("[[network.worker]]\nindex = {}\nspeed = {}\n", worker, between(0.001, 1000));
      if (one_link_ && random_.below(2) == 0) text += link();
    }
    return text;
  }

  std::string method(std::uint64_t number) {
    const models::MethodRow& row = models::methods()[random_.below(models::methods().size())];
    std::string text = fmt::format("[[method]]\nlabel = \"method {}\"\nname = \"{}\"\n", number, row.name);
    std::map<std::string, std::string> words;  // [parameter]: the value it has
    for (const models::ParameterRow& parameter : row.parameters) {
      if (const std::string* word = std::get_if<std::string>(&parameter.standard)) words[parameter.name] = *word;
      if (!parameter.only_where.empty() && words.at(parameter.only_where) != parameter.only_value) continue;
      if (random_.below(2) == 0) continue;
      if (std::holds_alternative<bool>(parameter.standard)) {
        text += fmt::format("{} = {}\n", parameter.name, random_.below(2) == 0);
      } else if (std::holds_alternative<std::string>(parameter.standard)) {
        words[parameter.name] = one_of(parameter.choices);
        text += fmt::format("{} = \"{}\"\n", parameter.name, words[parameter.name]);
      } else {
        // Of the great ones, the least six orders of magnitude: a period of a million steps takes its time.
        const double greatest =
            std::min(parameter.greatest, parameter.whole ? std::max(8.0, 8 * parameter.least) : parameter.least * 1e6);
        const double value = between(parameter.least, greatest);
        text += fmt::format("{} = {}\n", parameter.name, parameter.whole ? std::round(value) : value);
      }
    }
    return text;
  }

  sim::RandomStream random_;
  std::vector<std::string> all_reduces_, all_gathers_;
  int workers_ = 1;
  std::uint64_t methods_ = 1;
  int number_of_changes_ = 0;
  bool plain_ = false;     // a star or racks of hosts or of machines with a switch; no link changes
  bool one_link_ = false;  // of each worker, which may differ
};

void expect_sound(const models::Outcome& outcome) {
  const models::Timeline& timeline = outcome.timeline;
  EXPECT_GT(timeline.iteration, 0);
  for (const double part : {timeline.breakdown.forward, timeline.breakdown.backward, timeline.breakdown.compression,
                            timeline.breakdown.update, timeline.breakdown.exposed, timeline.breakdown.idle}) {
    EXPECT_GE(part, 0);
  }
  // Both are sums of the same picoseconds: they differ by the roundings of a few dozen doubles.
  EXPECT_NEAR(timeline.breakdown.total(), timeline.iteration, 1e-12 * timeline.iteration);
}

void run_and_expect_sound(std::uint64_t seed, const std::string& text) {
  const TemporaryFolder folder;
  SCOPED_TRACE(fmt::format("SYNCLINE_TEST_SEED={}:\n{}", seed, text));
  try {
    const RunResult result = run(load_scenario(folder.write("s.toml", text)), {});
    for (const NetworkResult& network : result.networks) {
      for (const models::Outcome& outcome : network.outcomes) {
        SCOPED_TRACE(outcome.method + " on " + network.name);
        expect_sound(outcome);
      }
    }
  } catch (const std::exception& error) {
    ADD_FAILURE() << error.what();
  }
}

TEST(RandomScenarios, NoneBeatsItsBoundAndEachStepIsTheSumOfItsParts) {
  for (const std::uint64_t seed : seeds(40)) run_and_expect_sound(seed, RandomScenario(seed).text());
}

// The same by each algorithm in turn, which random draws might leave out.
TEST(RandomScenarios, NorDoesAnyCollective) {
  for (const std::uint64_t seed : seeds(10)) {
    for (const std::string& name : rows_of(network::Operation::all_reduce)) {
      run_and_expect_sound(seed, RandomScenario(seed, {name}).text());
    }
    for (const std::string& name : rows_of(network::Operation::all_gather)) {
      run_and_expect_sound(seed, RandomScenario(seed, {"ring-all-reduce"}, {name}).text());
    }
  }
}

/// Whether a scenario's jobs were played; not, where they are refused for what only shows when their steps are known.
bool play_jobs(const Scenario& scenario) {
  try {
    const RunResult result = run(scenario, {});
    for (std::size_t i = 0; i < result.networks.size(); ++i) {
      const NetworkResult& network = result.networks[i];
      EXPECT_EQ(network.jobs.jobs.size(), scenario.jobs.size());
      for (const models::JobResult& job : network.jobs.jobs) {
        SCOPED_TRACE(job.name + " on " + network.name);
        for (const models::Timeline* timeline : {&job.alone, &job.together}) {
          EXPECT_GT(timeline->iteration, 0);
          EXPECT_NEAR(timeline->breakdown.total(), timeline->iteration, 1e-12 * timeline->iteration);
        }
        EXPECT_EQ(job.slowdown, job.together.iteration / job.alone.iteration);
        // Around a link that is down, jobs may meet elsewhere.
        const bool stays = scenario.networks[i].changes.on_link_down == network::OnLinkDown::stall;
        EXPECT_TRUE(job.suffers || !stays || job.slowdown == 1) << job.slowdown;
      }
    }
  } catch (const UserError& error) {
    EXPECT_NE(error.message().find("; at most 5000 are played"), std::string::npos) << error.what();
    return false;
  }
  return true;
}

// Methods whose batch grows are no jobs', which is told when the scenario is read.
TEST(RandomScenarios, JobsThatAreLegalArePlayed) {
  const TemporaryFolder folder;
  int played = 0;
  for (const std::uint64_t seed : seeds(100)) {
    const std::string text = RandomScenario(seed).with_jobs();
    SCOPED_TRACE(fmt::format("SYNCLINE_TEST_SEED={}:\n{}", seed, text));
    try {
      const bool grows = text.find("diminishing") != std::string::npos;
      if (!grows) played += play_jobs(load_scenario(folder.write("s.toml", text)));
    } catch (const std::exception& error) {
      ADD_FAILURE() << error.what();
    }
  }
  EXPECT_TRUE(played > 30 || seeds(2).size() == 1) << played;
}

TEST(RandomScenarios, WfbpIsNeverSlowerThanBspWhereNoLinkIsShared) {
  const TemporaryFolder folder;
  for (const std::uint64_t seed : seeds(60)) {
    const std::string text = RandomScenario(seed).bsp_and_wfbp();
    SCOPED_TRACE(fmt::format("SYNCLINE_TEST_SEED={}:\n{}", seed, text));
    const RunResult result = run(load_scenario(folder.write("s.toml", text)), {});
    const std::vector<models::Outcome>& outcomes = result.networks.at(0).outcomes;
    const double bsp = outcomes.at(0).timeline.iteration, wfbp = outcomes.at(1).timeline.iteration;
    EXPECT_LE(wfbp, bsp * (1 + 1e-6));  // a step is measured to 1e-7
  }
}

}  // namespace
}  // namespace syncline::scenarios
