// The keys of [[network]] and of the sections inside it. Those of topologies and machines are read where their rows ask for them.
#include <algorithm>
#include <iterator>

#include "network/collectives/schedule.h"
#include "network/fabrics/fabric.h"
#include "network/machines/machine.h"
#include "scenarios/format_rows.h"

namespace syncline::scenarios {
namespace {

using namespace rows;  // NOLINT(google-build-using-namespace): the words that rows are written in

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
  result.emplace_back("auto");
  return result;
}

/// Read with the all-reduces that have this role.
KeyRow of_role(KeyRow key, network::Role role) {
  std::vector<std::string> values;
  for (const network::CollectiveRow& row : network::collectives()) {
    if (row.operation == network::Operation::all_reduce && row.role == role) values.emplace_back(row.name);
  }
  key.only.push_back({"all_reduce", std::move(values)});
  return key;
}

std::vector<KeyRow> outside_keys() {
  return {
      optional(text("name", "", "its name in the results"), "the base's"),
      optional(text("title", "", "what it is, in words"), "the base's and \", changed\"; else the name"),
      optional(text("base", "",
                    "a shipped network or a file to start from: keys given here replace its keys, and what does not fit the "
                    "topology and the machine given here is left out"),
               "start from nothing"),
      text("topology", "star",
           "star, racks, fat-tree, ...: what joins the machines, as `syncline list topologies` tells; nodes: short for a star of "
           "machines with machine = \"switch\"; links: as [[network.link]] says",
           topologies()),
      except(quantity(Reading::bandwidth, "bandwidth", "10 Gbit/s",
                      "of each link from a worker (from a machine's NIC, where machines have several) outwards, per direction"),
             "topology", {"links"}),
      except(quantity(Reading::time, "latency", "10 us", "of each such link, one way"), "topology", {"links"}),
      optional(quantity(Reading::bytes, "burst", "",
                        "that may pass each worker's link above its bandwidth after a pause, as with a token bucket (tc-tbf); "
                        "only where each worker has one link"),
               "none"),
      quantity(Reading::bandwidth, "burst_bandwidth", "10 Gbit/s", "at which a burst passes")};
}

std::vector<KeyRow> fabric_keys() {
  const auto count = [](std::string name, std::string help) {
    return of_fabric(required(whole(std::move(name), 1, 1, 65536, std::move(help))));
  };
  KeyRow torus = of_fabric(required(whole("torus", 1, 1, 65536, "machines in each dimension: two or three numbers")));
  torus.reading = Reading::number_list;
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
  return {
      text("all_reduce", "ring-all-reduce", "the algorithm; auto: as the stack chooses by size",
           collectives_for(network::Operation::all_reduce)),
      text("all_gather", "ring-all-gather", "the algorithm; auto: as the stack chooses by size",
           collectives_for(network::Operation::all_gather)),
      optional(of_role(whole("servers", 0, 1, 4096,
                             "how many workers serve as well, spread evenly over all, each for its shard of the vector"),
                       network::Role::servers),
               "every worker"),
      of_role(whole("root", 0, 0, 4095, "the worker to which sums go, and from which they are handed out"), network::Role::root),
      text(
          "push_pull_servers", "beside",
          "where those are that schedules with parameter servers push to: beside the workers, one for each, or apart, on as many "
          "hosts as there are machines of workers, which do nothing else and have links as these have",
          {"beside", "apart"}),
      text("source", "", "where the numbers are from")};
}

SectionFormat network_section() {
  SectionFormat section{"network", true, "A network to play, described here instead of named in `networks`.", {}};
  for (const auto& keys : {outside_keys(), fabric_keys(), machine_keys(), routing_keys(), algorithm_keys()}) {
    section.keys.insert(section.keys.end(), keys.begin(), keys.end());
  }
  return section;
}

SectionFormat worker() {
  return {
      "network.worker",
      true,
      "A worker that differs from the others. What is not given here is as the base has it.",
      {required(whole("index", 0, 0, 4095, "which worker, from 0")),
       number("speed", 1, 0.001, 1000, "of its GPU: 0.5 takes twice as long for everything"),
       optional(text("machine", "",
                     "with topology = \"links\": the machine that it is in, whatever its name; workers that name the same one "
                     "share it, as hierarchical algorithms and a stack's choice ask"),
                "one of its own"),
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
  section.keys.push_back(optional(
      quantity(Reading::time, "mean_between_latencies", "", "of its latency, which is drawn anew then"), "keeps its latency"));
  section.keys.push_back(number("least_latency", 1, 0, 1000, "the least that is drawn, as a multiple of the link's own"));
  section.keys.push_back(number("greatest_latency", 2, 0, 1000, "the greatest"));
  section.keys.push_back(whole("seed", 1, 0, kWholeLimit, "of these draws"));
  return section;
}

}  // namespace

std::vector<SectionFormat> network_sections() {
  std::vector<SectionFormat> sections = {network_section()};
  std::ranges::move(stack_sections(), std::back_inserter(sections));
  std::ranges::move(std::vector{worker(), link(), route(), change(), random_change(), fitted_section()},
                    std::back_inserter(sections));
  return sections;
}

}  // namespace syncline::scenarios
