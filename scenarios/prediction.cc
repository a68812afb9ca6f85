// What measured cases would take by simulation.
#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "network/collective_timing.h"
#include "scenarios/measured.h"
#include "scenarios/network_table.h"
#include "scenarios/parallel.h"
#include "scenarios/run.h"
#include "scenarios/sections.h"

namespace syncline::scenarios {
namespace {

/// Cases that are played on one network, built once.
struct Setup {
  std::string network;
  int workers = 1;
  bool collective = false;
  std::string training;   // as MeasuredCase has it
  std::string algorithm;  // of iterations, likewise
  auto operator<=>(const Setup&) const = default;
};

Setup setup_of(const MeasuredCase& one) {
  return {one.network, one.workers, one.is_collective, one.training, one.is_collective ? "" : one.algorithm};
}

double collective_seconds(const models::NetworkProfile& profile, const MeasuredCase& one) {
  const network::CollectiveCall call = network::call_for_buffer(one.operation, one.algorithm, one.bytes, one.workers);
  if (profile.changes.empty()) return network::time_in_a_loop(profile.cluster, profile.stack, call, one.pause).seconds();
  return network::time_collective(profile.cluster, profile.stack, call, network::Reckoning::collapsed, profile.changes)
      .most.seconds();
}

/// Keys of [training] that are about its model: another one has its own.
const char* const kOfModel[] = {"tokens", "samples_per_second", "rate_has_update", "profile", "update"};

/// Lays what the case's section says over [training].
void set_training(toml::table& root, const MeasuredCase& one) {
  if (root.get("training") == nullptr) root.insert("training", toml::table());
  toml::table& training = *root.get_as<toml::table>("training");
  const toml::table& section = *root["iteration"][one.section].as_table();
  if (const auto model = section["model"].value<std::string>(); model && model != training["model"].value<std::string>()) {
    for (const char* key : kOfModel) training.erase(key);
  }
  for (const std::string& key : training_keys()) {
    const toml::node* node = section.get(key);
    if (node != nullptr) node->visit([&](const auto& value) { training.insert_or_assign(key, value); });
  }
  training.insert_or_assign("workers", one.workers);
}

/// Of all collectives of training; what the network's own all-reduce had besides is not its.
void set_algorithm(toml::table& network, const std::string& algorithm) {
  for (const char* key : {"all_reduce", "all_gather"}) network.insert_or_assign(key, algorithm);
  for (const char* role : {"root", "servers"}) network.erase(role);
}

/// Of these methods, by their labels.
std::map<std::string, double> iteration_seconds(const toml::table& root, const std::string& file,
                                                const std::set<std::string>& methods) {
  Scenario scenario = scenario_of(root, file);
  scenario.jobs.clear();
  std::erase_if(scenario.methods, [&](const models::MethodSetting& method) { return !methods.contains(method.label); });
  RunOptions options;
  options.times_only = true;
  const RunResult played = run(scenario, options);
  std::map<std::string, double> result;
  for (const models::Outcome& outcome : played.networks.at(0).outcomes) result[outcome.method] = outcome.timeline.iteration;
  return result;
}

}  // namespace

std::vector<double> MeasuredScenario::predict(std::span<const std::size_t> which, std::span<const Setting> settings) const {
  const DataFolders folders = folders_beside(file_);
  std::vector<NamedNetwork> networks;
  {
    const toml::table root = read_toml(file_);
    networks = named_networks(folders, root, Section(root, section_format(""), ""));
  }
  std::map<Setup, std::vector<std::size_t>> groups;  // places in `which`
  for (std::size_t i = 0; i < which.size(); ++i) groups[setup_of(cases_[which[i]])].push_back(i);
  // Those of most workers take longest, so they go first.
  std::vector<std::pair<Setup, std::vector<std::size_t>>> in_order(groups.begin(), groups.end());
  std::ranges::stable_sort(in_order, std::greater(), [](const auto& group) { return group.first.workers; });

  std::vector<double> seconds(which.size());
  for_each_parallel(in_order.size(), [&](std::size_t group) {
    const auto& [setup, places] = in_order[group];
    const MeasuredCase& first = cases_[which[places.front()]];
    try {
      toml::table root = file_with_network(file_, *find_network(networks, setup.network), settings);
      if (!setup.algorithm.empty()) set_algorithm(*root["network"][0].as_table(), setup.algorithm);
      if (first.is_collective) {
        const Section top(root, section_format(""), "");
        const models::NetworkProfile profile = read_networks(folders, root, top, setup.workers).at(0);
        for (const std::size_t i : places) seconds[i] = collective_seconds(profile, cases_[which[i]]);
      } else {
        set_training(root, first);
        std::set<std::string> methods;
        for (const std::size_t i : places) methods.insert(cases_[which[i]].method);
        const std::map<std::string, double> of_method = iteration_seconds(root, file_, methods);
        for (const std::size_t i : places) seconds[i] = of_method.at(cases_[which[i]].method);
      }
    } catch (const UserError& error) {
      // What a case says stands in its own section, not where it was laid over the scenario's.
      if (error.location().file != kOverrideFile && error.location().line > 0) throw;
      throw UserError(first.where, (error.location().key.empty() ? "" : error.location().key + ": ") + error.message());
    }
  });
  return seconds;
}

}  // namespace syncline::scenarios
