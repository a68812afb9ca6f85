#include "scenarios/format.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/data/dataset.h"
#include "models/dnn/dnn.h"
#include "network/collectives/schedule.h"
#include "network/fabrics/fabric.h"
#include "network/machines/machine.h"
#include "sim/error.h"
#include "sim/units_text.h"

namespace syncline::scenarios {
namespace {

constexpr double kNoLimit = 1e30;                   // of positive numbers; their least is its inverse
constexpr double kWholeLimit = 9007199254740991.0;  // 2^53 - 1: the whole numbers that a double holds exactly

KeyRow text(std::string name, std::string standard, std::string help, std::vector<std::string> choices = {}) {
  return {{std::move(name), std::move(help), std::move(standard), 0, 0, false, std::move(choices)}};
}
KeyRow number(std::string name, double standard, double least, double greatest, std::string help) {
  return {{std::move(name), std::move(help), standard, least, greatest, false, {}}};
}
KeyRow whole(std::string name, double standard, double least, double greatest, std::string help) {
  return {{std::move(name), std::move(help), standard, least, greatest, true, {}}};
}
KeyRow flag(std::string name, bool standard, std::string help) {
  return {{std::move(name), std::move(help), standard, 0, 0, false, {}}};
}
KeyRow quantity(Reading reading, std::string name, std::string standard, std::string help) {
  KeyRow key = text(std::move(name), std::move(standard), std::move(help));
  key.reading = reading;
  return key;
}
KeyRow required(KeyRow key) {
  key.required = true;
  return key;
}
KeyRow optional(KeyRow key, std::string absent) {
  key.absent = std::move(absent);
  return key;
}
KeyRow only(KeyRow key, std::string where, std::string value) {
  key.only.push_back({std::move(where), {std::move(value)}});
  return key;
}

/// Not read where `where` has one of these values.
KeyRow except(KeyRow key, std::string where, std::vector<std::string> values) {
  key.only.push_back({std::move(where), std::move(values), true});
  return key;
}

/// Read with those of the rows that ask for it, which are values of `where`.
template <class Rows>
KeyRow asked_for(KeyRow key, std::string where, const Rows& rows) {
  std::vector<std::string> values;
  for (const auto& row : rows) {
    if (std::ranges::find(row.keys, key.row.name) != row.keys.end()) values.emplace_back(row.name);
  }
  key.only.push_back({std::move(where), std::move(values)});
  return key;
}
KeyRow of_fabric(KeyRow key) { return asked_for(std::move(key), "topology", network::fabrics()); }
KeyRow of_machine(KeyRow key) { return asked_for(std::move(key), "machine", network::machine_rows()); }

template <class Rows>
std::vector<std::string> names(const Rows& rows) {
  std::vector<std::string> result;
  for (const auto& row : rows) result.emplace_back(row.name);
  return result;
}

std::vector<std::string> topologies() {
  std::vector<std::string> result = names(network::fabrics());
  result.insert(result.end(), {"nodes", "links"});
  return result;
}

std::vector<std::string> collectives_for(network::Operation operation) {
  std::vector<std::string> result;
  for (const network::CollectiveRow& row : network::collectives()) {
    if (row.operation == operation) result.emplace_back(row.name);
  }
  return result;
}

SectionFormat top() {
  return {
      "",
      false,
      "What is compared: a title, the GPU, and the shipped networks to play.",
      {text("title", "", "shown above the results"),
       text("gpu", "v100", "each worker's GPU: a name that `syncline list gpus` shows, a file, or a section [gpu]"),
       quantity(Reading::text_list, "networks", "",
                "networks to play: names that `syncline list networks` shows, or files; [[network]] describes more of them")}};
}

SectionFormat training() {
  return {"training",
          false,
          "What every method trains, and for how long.",
          {text("model", "lenet", "the network that is trained", names(models::models())),
           whole("workers", 32, 1, 4096, "how many workers share the work"),
           whole("batch", 32, 1, 65536, "samples per worker and step"),
           number("epochs", 2, 1e-6, 1e6, "how long each method trains, in passes over the training set"),
           number("target_accuracy", 0.88, 0, 1, "test accuracy whose time is asked for, as a fraction"),
           whole("evaluate_every", 20, 1, 1e9, "steps between two measurements of the test accuracy"),
           number("learning_rate", 0.1, 1 / kNoLimit, kNoLimit, "step size; the schedule's highest"),
           text("schedule", "constant", "how the learning rate changes", {"constant", "step", "warmup-cosine"}),
           only(number("warmup_epochs", 0.25, 0, 1e6, "rise from near zero over this long"), "schedule", "warmup-cosine"),
           only(number("min_factor", 0, 0, 1, "the last learning rate, as a part of the highest"), "schedule", "warmup-cosine"),
           only(number("step_epochs", 1, 1e-6, 1e6, "epochs between two drops of the rate"), "schedule", "step"),
           only(number("step_factor", 0.1, 0, 1, "what a drop multiplies the rate by"), "schedule", "step"),
           number("momentum", 0.9, 0, 0.999999, "of SGD, as PyTorch defines it"),
           number("weight_decay", 0, 0, 1e6, "of SGD, as PyTorch defines it"),
           whole("seed", 1, 0, kWholeLimit, "of initial weights, batches, rounding and synthetic data")}};
}

SectionFormat dataset() {
  const models::SyntheticSpec standard;
  const auto synthetic = [](KeyRow key) { return only(std::move(key), "name", "synthetic"); };
  return {
      "dataset",
      false,
      "The samples, and how the workers share them.",
      {text("name", "fashion-mnist", "the data set", names(models::datasets())),
       only(text("folder", "", "where its files are, seen from the scenario file; empty: where the package puts them"), "name",
            "fashion-mnist"),
       text("shards", "iid", "which samples a worker owns: a random part, or a mixture of classes by Dirichlet's distribution",
            {"iid", "dirichlet"}),
       only(number("alpha", 0.5, 1e-3, 1e6, "concentration: the smaller, the fewer classes a worker has"), "shards", "dirichlet"),
       synthetic(whole("channels", standard.channels, 1, 1024, "of a synthetic image")),
       synthetic(whole("height", standard.height, 1, 4096, "of a synthetic image, pixels")),
       synthetic(whole("width", standard.width, 1, 4096, "of a synthetic image, pixels")),
       synthetic(whole("classes", standard.classes, 2, 256, "of the mixture")),
       synthetic(whole("train", static_cast<double>(standard.train), 1, 1e8, "training samples")),
       synthetic(whole("test", static_cast<double>(standard.test), 1, 1e8, "test samples")),
       synthetic(
           number("separation", standard.separation, 0, 1e6, "distance of the classes, in standard deviations of the noise")),
       synthetic(number("label_noise", standard.label_noise, 0, 1, "part of the training labels drawn at random"))}};
}

SectionFormat method() {
  return {
      "method",
      true,
      "A method to compare. Its own parameters, which `syncline list methods` shows, are keys here as well.",
      {required(text("name", "", "which method")),
       optional(text("label", "", "its name in the results"), "made from the keys given"),
       optional(number("learning_rate", 0, 1 / kNoLimit, kNoLimit, "in place of the one in [training]"), "that of [training]"),
       optional(number("momentum", 0, 0, 0.999999, "in place of the one in [training]"), "that of [training]"),
       optional(number("weight_decay", 0, 0, 1e6, "in place of the one in [training]"), "that of [training]")}};
}

std::vector<KeyRow> outside_keys() {
  return {
      optional(text("name", "", "its name in the results"), "the base's"),
      optional(text("title", "", "what it is, in words"), "the name"),
      optional(text("base", "", "a shipped network or a file to start from: keys given here replace its keys"),
               "start from nothing"),
      text("topology", "star",
           "star, racks, fat-tree, ...: what joins the machines, as `syncline list topologies` tells; nodes: short for a star of "
           "machines with machine = \"switch\"; links: as [[network.link]] says",
           topologies()),
      except(quantity(Reading::bandwidth, "bandwidth", "10 Gbit/s",
                      "of each link from a worker (from a machine's NIC, where machines have several) outwards, per direction"),
             "topology", {"links"}),
      except(quantity(Reading::time, "latency", "10 us", "of each such link, one way"), "topology", {"links"})};
}

std::vector<KeyRow> fabric_keys() {
  const auto count = [](std::string name, std::string help) {
    return of_fabric(required(whole(std::move(name), 1, 1, 65536, std::move(help))));
  };
  KeyRow torus = of_fabric(required(whole("torus", 1, 1, 65536, "machines in each dimension: two or three numbers")));
  torus.reading = Reading::whole_list;
  return {of_fabric(whole("racks", 2, 1, 4096, "racks; the machines are shared out evenly")),
          count("leaf_hosts", "machines on one leaf switch"),
          count("pod_leaves", "leaf switches in one pod"),
          count("pod_hosts", "machines in one pod"),
          of_fabric(required(
              whole("spines", 1, 0, 65536,
                    "spine switches; of each pod with fat-tree-3; 0 with rails: other rails only through the machines"))),
          count("cores", "core switches above each spine of a pod"),
          of_fabric(number("oversubscription", 1, 0.001, 1000,
                           "what may come from below a leaf switch, by what its links up carry: 1 never blocks, 3 is 3:1")),
          of_fabric(number("core_oversubscription", 1, 0.001, 1000, "the same at the spines of a pod")),
          std::move(torus),
          count("router_hosts", "machines on one router (p)"),
          count("group_routers", "routers in one group (a)"),
          count("router_globals", "links from one router to other groups (h)"),
          of_fabric(quantity(Reading::bandwidth, "uplink_bandwidth", "40 Gbit/s",
                             "from a rack's switch to the core, or between routers of a group; per direction")),
          of_fabric(quantity(Reading::time, "uplink_latency", "1 us", "of each link from switch to switch, one way")),
          count("first_site", "machines at the first site; the others are at the second"),
          of_fabric(required(quantity(Reading::bandwidth, "far_bandwidth", "",
                                      "of each link between groups, or of the one between sites; per direction"))),
          of_fabric(required(quantity(Reading::time, "far_latency", "", "of each link between groups, or sites; one way")))};
}

std::vector<KeyRow> machine_keys() {
  // topology = "nodes" has the inside that machine = "switch" has.
  const auto of_switch = [](KeyRow key) {
    key = of_machine(std::move(key));
    key.only.push_back({"topology", {"nodes"}});
    return key;
  };
  return {
      except(text("machine", "host",
                  "the inside of each machine, as `syncline list topologies` tells; host: each worker is a machine of its own",
                  names(network::machine_rows())),
             "topology", {"nodes", "links"}),
      of_switch(whole("gpus_per_node", 8, 1, 4096, "workers in one machine")),
      of_machine(whole("nics_per_node", 1, 1, 4096, "NICs of one machine, shared out evenly over its GPUs, a PCIe switch each")),
      of_switch(
          quantity(Reading::bandwidth, "inside_bandwidth", "300 GB/s", "of each GPU's link inside the machine, per direction")),
      of_switch(quantity(Reading::time, "inside_latency", "1 us", "of each GPU's link inside the machine")),
      of_machine(quantity(Reading::bandwidth, "nvlink_bandwidth", "300 GB/s", "of all NVLinks of a GPU together, per direction")),
      of_machine(quantity(Reading::time, "nvlink_latency", "0.3 us",
                          "of one NVLink, one way: to the NVSwitch, or from GPU to GPU where there is none")),
      of_machine(quantity(Reading::bandwidth, "pcie_bandwidth", "24 GB/s",
                          "of each PCIe link, per direction: GPU or NIC to PCIe switch, PCIe switch to CPU")),
      of_machine(quantity(Reading::time, "pcie_latency", "0.5 us", "of each PCIe link, one way")),
      of_machine(quantity(Reading::bandwidth, "cpu_link_bandwidth", "16 GB/s", "between the two CPUs, per direction")),
      of_machine(quantity(Reading::time, "cpu_link_latency", "0.5 us", "between the two CPUs, one way")),
      of_machine(required(text("machine_xml", "",
                               "the file that NCCL wrote where the environment had NCCL_TOPO_DUMP_FILE, seen from the file that "
                               "names it")))};
}

std::vector<KeyRow> routing_keys() {
  return {
      text("routing", "shortest",
           "among ways of least latency and fewest links: shortest: the first; ecmp: by a hash of both ends. [[network.route]] "
           "fixes some",
           {"shortest", "ecmp"}),
      only(whole("routing_seed", 0, 0, kWholeLimit, "of the hash"), "routing", "ecmp"),
      text("on_link_down", "stall",
           "flows on a link that is down: stall: wait until it is up; reroute: go around it where there is a way",
           {"stall", "reroute"}),
      optional(quantity(Reading::time, "change_period", "", "after which the list of [[network.change]] begins again"),
               "the list is played once"),
      whole("measured_steps", 100, 1, 1e6,
            "where links change no step is like another: how many are played, from the start of training on, and averaged")};
}

std::vector<KeyRow> algorithm_keys() {
  return {text("all_reduce", "ring-all-reduce", "the algorithm", collectives_for(network::Operation::all_reduce)),
          text("all_gather", "ring-all-gather", "the algorithm", collectives_for(network::Operation::all_gather)),
          text("source", "", "where the numbers are from")};
}

SectionFormat network_section() {
  SectionFormat section{"network", true, "A network to play, described here instead of named in `networks`.", {}};
  for (const auto& keys : {outside_keys(), fabric_keys(), machine_keys(), routing_keys(), algorithm_keys()}) {
    section.keys.insert(section.keys.end(), keys.begin(), keys.end());
  }
  return section;
}

SectionFormat stack() {
  return {"network.stack",
          false,
          "What the communication library adds to the links.",
          {text("name", "none", "which library"),
           quantity(Reading::time, "launch", "0 us", "added once to each collective on each worker"),
           number("efficiency", 1, 0.01, 1, "the part of a link's bandwidth that payload reaches"),
           text("source", "", "where the numbers are from")}};
}

SectionFormat worker() {
  return {"network.worker",
          true,
          "A worker that differs from the others.",
          {required(whole("index", 0, 0, 4095, "which worker, from 0")),
           number("speed", 1, 0.001, 1000, "of its GPU: 0.5 takes twice as long for everything"),
           optional(quantity(Reading::bandwidth, "bandwidth", "", "of its link"), "as the others"),
           optional(quantity(Reading::time, "latency", "", "of its link"), "as the others")}};
}

SectionFormat link() {
  return {"network.link",
          true,
          "A link of topology = \"links\". Workers are called worker0, worker1, ...; any other name is a switch.",
          {required(text("from", "", "one end")), required(text("to", "", "the other end")),
           required(quantity(Reading::bandwidth, "bandwidth", "", "per direction")),
           required(quantity(Reading::time, "latency", "", "one way")), flag("one_way", false, "no link back")}};
}

SectionFormat route() {
  KeyRow way = required(text("way", "", "the names of all nodes from the sending worker to the receiving one"));
  way.reading = Reading::text_list;
  return {
      "network.route",
      true,
      "A fixed way between two workers, in place of the one that `routing` finds. `syncline list topologies` has the names of "
      "nodes.",
      {way, flag("one_way", false, "the way back is not the same, but as `routing` finds it")}};
}

/// What a change is about.
std::vector<KeyRow> cable_keys() {
  return {required(text("from", "", "one end: a node's name, where * stands for anything: \"worker3\", \"leaf*\"")),
          required(text("to", "", "the other end, likewise: every cable between such ends changes")),
          flag("one_way", false, "only the links from `from` to `to`, not those back")};
}

SectionFormat change() {
  SectionFormat section{
      "network.change", true,
      "Links get another bandwidth or latency, fail, or come back, at a time after the start of training. What is not "
      "given stays as it is.",
      cable_keys()};
  section.keys.push_back(required(quantity(Reading::time, "at", "", "when; seen from the start of training")));
  section.keys.push_back(optional(quantity(Reading::bandwidth, "bandwidth", "", "from then on, per direction"), "as it was"));
  section.keys.push_back(optional(quantity(Reading::time, "latency", "", "from then on, one way"), "as it was"));
  section.keys.push_back(optional(text("state", "", "from then on", {"up", "down"}), "as it was"));
  return section;
}

SectionFormat random_change() {
  SectionFormat section{
      "network.random_change", true,
      "Links that change at random, each cable by itself and both its ways together. Times between are exponentially "
      "distributed.",
      cable_keys()};
  section.keys.push_back(
      optional(quantity(Reading::time, "mtbf", "", "mean time between a repair and the next failure"), "never fails"));
  section.keys.push_back(optional(quantity(Reading::time, "mttr", "", "mean time to repair"), "never fails"));
  section.keys.push_back(optional(
      quantity(Reading::time, "mean_between_changes", "", "of its bandwidth, which is drawn anew then"), "keeps its bandwidth"));
  section.keys.push_back(number("least_bandwidth", 0.5, 0.001, 10, "the least that is drawn, as a part of the link's own"));
  section.keys.push_back(number("greatest_bandwidth", 1, 0.001, 10, "the greatest"));
  section.keys.push_back(whole("seed", 1, 0, kWholeLimit, "of these draws"));
  return section;
}

SectionFormat gpu() {
  return {"gpu",
          false,
          "A GPU described here instead of named by the key `gpu`.",
          {optional(text("name", "", "its name in the results"), "the base's"),
           optional(text("title", "", "what it is, in words"), "the name"),
           optional(text("base", "", "a shipped GPU or a file to start from: keys given here replace its keys"),
                    "start from nothing"),
           required(quantity(Reading::compute_rate, "flops", "", "highest rate of fp32 arithmetic")),
           required(quantity(Reading::bandwidth, "memory", "", "highest bandwidth of its memory")),
           number("compute_efficiency", 0.5, 1e-3, 1, "the part of the arithmetic rate that kernels reach"),
           number("memory_efficiency", 0.75, 1e-3, 1, "the part of the memory bandwidth that kernels reach"),
           quantity(Reading::time, "launch", "5 us", "added to each kernel"), text("source", "", "where the numbers are from")}};
}

std::string range_text(const models::ParameterRow& row) {
  if (row.greatest >= kNoLimit) return " above 0";
  if (row.greatest >= kWholeLimit) return fmt::format(" of at least {}", number_text(row.least));
  return fmt::format(" from {} to {}", number_text(row.least), number_text(row.greatest));
}

}  // namespace

std::string SectionFormat::name() const { return path.substr(path.rfind('.') + 1); }

std::string SectionFormat::parent() const {
  const std::size_t dot = path.rfind('.');
  return dot == std::string::npos ? "" : path.substr(0, dot);
}

std::span<const SectionFormat> scenario_format() {
  static const std::vector<SectionFormat> sections = {top(),    training(), dataset(), gpu(),    network_section(), stack(),
                                                      worker(), link(),     route(),   change(), random_change(),   method()};
  return sections;
}

const SectionFormat& section_format(std::string_view path) {
  for (const SectionFormat& section : scenario_format()) {
    if (section.path == path) return section;
  }
  throw InternalError("no section format " + std::string(path));
}

std::vector<std::string> subsections(const std::string& path) {
  std::vector<std::string> result;
  for (const SectionFormat& section : scenario_format()) {
    if (!section.path.empty() && section.parent() == path) result.push_back(section.name());
  }
  return result;
}

std::vector<KeyRow> method_keys(const models::MethodRow& row) {
  std::vector<KeyRow> keys;
  for (const models::ParameterRow& parameter : row.parameters) keys.push_back({parameter});
  return keys;
}

std::string heading(const SectionFormat& section) {
  if (section.path.empty()) return "Top of the file";
  return section.repeated ? "`[[" + section.path + "]]`" : "`[" + section.path + "]`";
}

std::string value_text(const models::ParameterValue& value) {
  if (const double* number = std::get_if<double>(&value)) return number_text(*number);
  if (const bool* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  return std::get<std::string>(value);
}

std::string type_text(const KeyRow& key) {
  switch (key.reading) {
    case Reading::bandwidth:
      return "bandwidth of at least 1 kbit/s, such as \"10 Gbit/s\"";
    case Reading::time:
      return "time of at most 1000 s, such as \"3 us\"";
    case Reading::compute_rate:
      return "rate of at least 1 MFLOP/s, such as \"15.7 TFLOP/s\"";
    case Reading::text_list:
      return "list of texts";
    case Reading::whole_list:
      return "list of whole numbers" + range_text(key.row);
    case Reading::plain:
      break;
  }
  if (std::holds_alternative<bool>(key.row.standard)) return "true or false";
  if (std::holds_alternative<double>(key.row.standard)) return (key.row.whole ? "whole number" : "number") + range_text(key.row);
  if (key.row.choices.empty()) return "text";
  return "one of " + fmt::format("{}", fmt::join(key.row.choices, ", "));
}

std::string condition_text(const KeyRow& key) {
  std::vector<std::string> texts;
  for (const Condition& condition : key.only) {
    std::vector<std::string> values;
    for (const std::string& value : condition.values) values.push_back('"' + value + '"');
    texts.push_back(fmt::format("{} = {}", condition.key, fmt::join(values, " or ")));
  }
  if (texts.empty()) return "";
  return (key.only.front().except ? "not read with " : "read only with ") + fmt::format("{}", fmt::join(texts, ", or "));
}

std::string standard_text(const KeyRow& key) {
  if (key.required) return key.only.empty() ? "(required)" : "(required where it is read)";
  if (!key.absent.empty()) return key.absent;
  if (key.reading == Reading::text_list) return "[]";
  const std::string text = value_text(key.row.standard);
  return std::holds_alternative<std::string>(key.row.standard) ? '"' + text + '"' : text;
}

}  // namespace syncline::scenarios
