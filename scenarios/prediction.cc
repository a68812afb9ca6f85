// What measured cases would take by simulation.
#include <algorithm>
#include <map>
#include <tuple>

#include "network/collective_timing.h"
#include "scenarios/measured.h"
#include "scenarios/network_table.h"
#include "scenarios/run.h"
#include "scenarios/sections.h"

namespace syncline::scenarios {
namespace {

/// Cases that are played on one network, built once.
struct Setup {
  std::string network;
  int workers = 1;
  std::string model;  // "" for collectives
  int batch = 0;
  auto operator<=>(const Setup&) const = default;
};

Setup setup_of(const MeasuredCase& one) {
  return {one.network, one.workers, one.is_collective ? "" : one.model, one.is_collective ? 0 : one.batch};
}

double collective_seconds(const models::NetworkProfile& profile, const MeasuredCase& one) {
  const network::CollectiveCall call = network::call_for_buffer(one.operation, one.algorithm, one.bytes, one.workers);
  return network::time_collective(profile.cluster, profile.stack, call, network::Reckoning::collapsed, profile.changes)
      .most.seconds();
}

/// By the methods' labels.
std::map<std::string, double> iteration_seconds(toml::table& root, const std::string& file, const Setup& setup) {
  if (root.get("training") == nullptr) root.insert("training", toml::table());
  toml::table& training = *root.get_as<toml::table>("training");
  training.insert_or_assign("workers", setup.workers);
  training.insert_or_assign("model", setup.model);
  training.insert_or_assign("batch", setup.batch);
  const RunResult played = run(scenario_of(root, file), {});
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

  std::vector<double> seconds(which.size());
  for (const auto& [setup, places] : groups) {
    const MeasuredCase& first = cases_[which[places.front()]];
    try {
      toml::table root = file_with_network(file_, *find_network(networks, setup.network), settings);
      if (first.is_collective) {
        const Section top(root, section_format(""), "");
        const models::NetworkProfile profile = read_networks(folders, root, top, setup.workers).at(0);
        for (const std::size_t i : places) seconds[i] = collective_seconds(profile, cases_[which[i]]);
      } else {
        const std::map<std::string, double> of_method = iteration_seconds(root, file_, setup);
        for (const std::size_t i : places) seconds[i] = of_method.at(cases_[which[i]].method);
      }
    } catch (const UserError& error) {
      // What a case says stands in its own section, not where it was laid over the scenario's.
      if (error.location().file != kOverrideFile && error.location().line > 0) throw;
      throw UserError(first.where, (error.location().key.empty() ? "" : error.location().key + ": ") + error.message());
    }
  }
  return seconds;
}

}  // namespace syncline::scenarios
