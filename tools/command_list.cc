#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "models/data/dataset.h"
#include "models/dnn/dnn.h"
#include "models/training/method.h"
#include "models/training/schedulers/scheduler.h"
#include "network/collectives/schedule.h"
#include "network/fabrics/fabric.h"
#include "network/machines/machine.h"
#include "scenarios/data_file.h"
#include "scenarios/format.h"
#include "tools/command.h"
#include "tools/print.h"

namespace syncline::tools {
namespace {

namespace po = boost::program_options;

std::string comma_separated(const std::vector<std::string_view>& names) { return fmt::format("{}", fmt::join(names, ", ")); }

/// One line of what is known about something; nothing where there is nothing to say.
void line(std::string_view name, std::string_view text) {
  if (!text.empty()) print_out("    {:<11}{}\n", name, text);
}

void parameter_line(const scenarios::KeyRow& key) {
  const std::string condition = condition_text(key);
  line("parameter", fmt::format("{} = {}: {} ({}{})", key.row.name, standard_text(key), key.row.help, type_text(key),
                                condition.empty() ? "" : "; " + condition));
}

void list_methods() {
  for (const models::MethodRow& row : models::methods()) {
    print_out("{}: {}\n", row.name, row.title);
    line("what", row.help);
    line("formula", row.formula);
    line("source", row.source);
    for (const scenarios::KeyRow& key : scenarios::method_keys(row)) parameter_line(key);
  }
}

void list_schedulers() {
  for (const models::SchedulerRow& row : models::schedulers()) {
    print_out("{}: {}\n", row.name, row.title);
    line("what", row.help);
    line("source", row.source);
    std::vector<std::string_view> names;
    for (const models::MethodRow& method : models::methods()) {
      for (const models::ParameterRow& parameter : method.parameters) {
        if (parameter.name == "schedule" && std::ranges::find(parameter.choices, row.name) != parameter.choices.end()) {
          names.push_back(method.name);
        }
      }
    }
    line("methods", comma_separated(names));
    for (const models::ParameterRow& parameter : row.parameters) {
      scenarios::KeyRow key{parameter};
      if (!parameter.only_where.empty()) key.only.push_back({parameter.only_where, {parameter.only_value}});
      parameter_line(key);
    }
  }
}

std::string flops_text(const models::Dnn& dnn) {
  double forward = 0, backward = 0;
  for (const models::Layer& layer : dnn.layers) {
    forward += layer.forward_flops;
    backward += layer.backward_flops;
  }
  return fmt::format("{:.0f} FLOPs forward and {:.0f} backward for each sample, the sums over its layers", forward, backward);
}

std::string input_text(const models::ModelRow& row) {
  const models::InputShape& input = row.standard;
  const std::string image = fmt::format("{} x {} x {}, {} classes", input.channels, input.height, input.width, input.classes);
  if (row.trains) return "images and classes as the data set has them; below: " + image;
  if (input.tokens == 0) return "timed only, on images of " + image;
  return fmt::format("timed only, on sentences of training.tokens; below: {}", input.tokens);
}

std::string size_text(const models::Dnn& dnn) {
  double multiply_adds = 0;
  for (const models::Layer& layer : dnn.layers) multiply_adds += layer.multiply_adds;
  return fmt::format("{} parameters in {} tensors, {:.3g} G multiply-adds a sample forward", dnn.parameter_count(),
                     dnn.parameters().size(), multiply_adds / 1e9);
}

constexpr std::size_t kShown = 3;  // of the tensors of a network that has hundreds; and the last

void list_models() {
  for (const models::ModelRow& row : models::models()) {
    print_out("{}: {}\n", row.name, row.title);
    line("what", row.help);
    line("source", row.source);
    const models::Dnn dnn = row.make(row.standard);
    line("input", input_text(row));
    line("formula", flops_text(dnn));
    line("size", size_text(dnn));
    const std::vector<models::Parameter> parameters = dnn.parameters();
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      if (!row.trains && i == kShown) {
        line("parameter", fmt::format("... ({} more)", parameters.size() - kShown - 1));
        i = parameters.size() - 1;
      }
      line("parameter", fmt::format("{}: {}", parameters[i].name, fmt::join(parameters[i].shape, " x ")));
    }
  }
}

void list_topologies() {
  for (const network::FabricRow& row : network::fabrics()) {
    print_out("topology = \"{}\": {}\n", row.name, row.help);
    line("keys", comma_separated(row.keys));
    line("switches", row.switches);
    line("cables", row.cables);
    line("ways", row.ways);
    line("source", row.source);
  }
  print_out("topology = \"links\": as [[network.link]] says, from worker0, worker1, ... and switches of any name\n");
  line("cables", "what `from` and `to` say");
  line("ways", "of least latency, then of fewest links; among equal ones as `routing` picks");
  for (const network::MachineRow& row : network::machine_rows()) {
    print_out("machine = \"{}\": {}\n", row.name, row.help);
    line("keys", comma_separated(row.keys));
    line("inside", row.nodes);
    line("source", row.source);
  }
  print_out("names: for `from` and `to` of [[network.change]] and [[network.random_change]], and `way` of [[network.route]]\n");
  line("HOST", "with machine = \"host\" worker0, worker1, ...; \"switch\": node0, ...; else a machine's NICs: node0.nic0, ...");
  line("GPUs", "worker0, worker1, ..., machine by machine, whatever they are in");
  line("*", "stands for anything where links change: from = \"leaf*\", to = \"spine*\" is every such cable, both ways");
}

void list_collectives() {
  for (const network::CollectiveRow& row : network::collectives()) {
    print_out("{}: {}\n", row.name, row.title);
    line("what", row.help);
    line("formula", fmt::format("time: {}", network::formula_text(row)));
    line("formula", fmt::format("bytes: {}", row.bytes_formula));
    line("source", row.source);
    for (const scenarios::KeyRow& key : scenarios::section_format("network").keys) {
      if (std::ranges::find(key.row.choices, row.name) != key.row.choices.end()) {
        line("parameter", fmt::format("{} = \"{}\" of a network has it played", key.row.name, row.name));
      }
    }
  }
}

/// Whether a key of [dataset] says something about this data set.
bool is_about(const scenarios::KeyRow& key, std::string_view dataset) {
  if (key.row.name == "name") return false;
  return std::ranges::all_of(key.only, [&](const scenarios::Condition& condition) {
    return condition.key != "name" || std::ranges::find(condition.values, dataset) != condition.values.end();
  });
}

void list_datasets() {
  for (const models::DatasetRow& row : models::datasets()) {
    print_out("{}: {}\n", row.name, row.title);
    line("what", row.help);
    line("source", row.source);
    for (scenarios::KeyRow key : scenarios::section_format("dataset").keys) {
      if (!is_about(key, row.name)) continue;
      std::erase_if(key.only, [](const scenarios::Condition& condition) { return condition.key == "name"; });
      parameter_line(key);
    }
  }
}

void list_files(const std::vector<scenarios::DataFile>& files) {
  for (const scenarios::DataFile& file : files) {
    print_out("{}: {}\n", file.name, file.title);
    std::size_t width = 20;
    for (const auto& [key, value] : file.values) width = std::max(width, key.size() + 2);
    for (const auto& [key, value] : file.values) print_out("    {:<{}}{}\n", key, width, value);
  }
}

void list_networks() { list_files(scenarios::network_files(scenarios::DataFolders())); }
void list_stacks() { list_files(scenarios::stack_files(scenarios::DataFolders())); }
void list_gpus() { list_files(scenarios::gpu_files(scenarios::DataFolders())); }

const std::map<std::string, void (*)()>& kinds() {
  static const std::map<std::string, void (*)()> all = {
      {"methods", list_methods},   {"schedulers", list_schedulers},   {"models", list_models},
      {"networks", list_networks}, {"topologies", list_topologies},   {"stacks", list_stacks},
      {"gpus", list_gpus},         {"collectives", list_collectives}, {"datasets", list_datasets}};
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
