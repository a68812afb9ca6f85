#include <fmt/format.h>

#include <map>

#include "models/data/dataset.h"
#include "models/dnn/dnn.h"
#include "models/training/method.h"
#include "network/collectives/schedule.h"
#include "network/fabrics/fabric.h"
#include "network/machines/machine.h"
#include "scenarios/data_file.h"
#include "scenarios/format.h"
#include "tools/command.h"

namespace syncline::tools {
namespace {

namespace po = boost::program_options;

/// One line of what is known about something; nothing where there is nothing to say.
void line(std::string_view name, std::string_view text) {
  if (!text.empty()) fmt::print("    {:<11}{}\n", name, text);
}

void list_methods() {
  for (const models::MethodRow& row : models::methods()) {
    fmt::print("{}: {}\n", row.name, row.title);
    line("what", row.help);
    line("formula", row.formula);
    line("source", row.source);
    for (const scenarios::KeyRow& key : scenarios::method_keys(row)) {
      line("parameter", fmt::format("{} = {}: {} ({})", key.row.name, standard_text(key), key.row.help, type_text(key)));
    }
  }
}

void list_models() {
  for (const models::ModelRow& row : models::models()) {
    fmt::print("{}: {}\n", row.name, row.title);
    line("what", row.help);
    line("source", row.source);
    line("size", fmt::format("{} parameters for 28 x 28 grey pixels, 10 classes", row.make({}).parameter_count()));
  }
}

std::string comma_separated(const std::vector<std::string_view>& names) { return fmt::format("{}", fmt::join(names, ", ")); }

void list_topologies() {
  fmt::print("What joins the machines: the key `topology`. Workers are called worker0, worker1, ...\n\n");
  for (const network::FabricRow& row : network::fabrics()) {
    fmt::print("{}: {}\n", row.name, row.help);
    line("keys", comma_separated(row.keys));
    line("switches", row.switches);
    line("source", row.source);
  }
  fmt::print("\nThe inside of each machine: the key `machine`.\n\n");
  for (const network::MachineRow& row : network::machine_rows()) {
    fmt::print("{}: {}\n", row.name, row.help);
    line("keys", comma_separated(row.keys));
    line("inside", row.nodes);
    line("source", row.source);
  }
}

void list_collectives() {
  for (const network::CollectiveRow& row : network::collectives()) {
    fmt::print("{}: {}\n", row.name, row.title);
    line("what", row.help);
    line("time", row.formula);
    line("bytes", row.bytes_formula);
    line("source", row.source);
  }
}

void list_datasets() {
  for (const models::DatasetRow& row : models::datasets()) {
    fmt::print("{}: {}\n", row.name, row.title);
    line("what", row.help);
    line("source", row.source);
  }
}

void list_files(const std::vector<scenarios::DataFile>& files) {
  for (const scenarios::DataFile& file : files) {
    fmt::print("{}: {}\n", file.name, file.title);
    for (const auto& [key, value] : file.values) fmt::print("    {:<20}{}\n", key, value);
  }
}

void list_networks() { list_files(scenarios::network_files(scenarios::DataFolders())); }
void list_gpus() { list_files(scenarios::gpu_files(scenarios::DataFolders())); }

const std::map<std::string, void (*)()>& kinds() {
  static const std::map<std::string, void (*)()> all = {
      {"methods", list_methods}, {"models", list_models},           {"networks", list_networks}, {"topologies", list_topologies},
      {"gpus", list_gpus},       {"collectives", list_collectives}, {"datasets", list_datasets}};
  return all;
}

po::options_description options() { return po::options_description("Options"); }

void list(const std::string& kind, const po::variables_map&) { kinds().at(kind)(); }

}  // namespace

Command list_command() {
  std::vector<std::string> names;
  for (const auto& [name, function] : kinds()) names.push_back(name);
  return {"list", "KIND", names, "shows what scenarios may name, with formulas, parameters and sources", false, options, list};
}

}  // namespace syncline::tools
