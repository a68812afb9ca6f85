// Clusters from the keys of [[network]]: the fabric and the machine that it names, or links by hand; then ways.
#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <system_error>
#include <utility>

#include "network/fabrics/fabric.h"
#include "network/machines/machine.h"
#include "network/routing.h"
#include "scenarios/network_sections.h"
#include "sim/units_text.h"

namespace syncline::scenarios {
namespace {

using network::FabricSpec;
using network::InsideSpec;

/// Gives one part of a spec the value of the key of that name.
template <class Spec>
using Setter = void (*)(Spec& spec, const Section& main, const std::string& key);

template <class Spec, int Spec::*part>
void set_whole(Spec& spec, const Section& main, const std::string& key) {
  spec.*part = static_cast<int>(main.whole(key));
}
template <class Spec, double Spec::*part>
void set_number(Spec& spec, const Section& main, const std::string& key) {
  spec.*part = main.number(key);
}
template <class Spec, network::LinkSpec Spec::*part>
void set_bandwidth(Spec& spec, const Section& main, const std::string& key) {
  (spec.*part).bandwidth = main.bandwidth(key);
}
template <class Spec, network::LinkSpec Spec::*part>
void set_latency(Spec& spec, const Section& main, const std::string& key) {
  (spec.*part).latency = main.time(key);
}

const std::map<std::string_view, Setter<FabricSpec>> kFabricSetters = {
    {"racks", set_whole<FabricSpec, &FabricSpec::racks>},
    {"leaf_hosts", set_whole<FabricSpec, &FabricSpec::leaf_hosts>},
    {"pod_leaves", set_whole<FabricSpec, &FabricSpec::pod_leaves>},
    {"pod_hosts", set_whole<FabricSpec, &FabricSpec::pod_hosts>},
    {"spines", set_whole<FabricSpec, &FabricSpec::spines>},
    {"cores", set_whole<FabricSpec, &FabricSpec::cores>},
    {"oversubscription", set_number<FabricSpec, &FabricSpec::oversubscription>},
    {"core_oversubscription", set_number<FabricSpec, &FabricSpec::core_oversubscription>},
    {"torus",
     [](FabricSpec& spec, const Section& main, const std::string& key) {
       for (const double length : main.numbers(key)) spec.torus.push_back(static_cast<int>(length));
     }},
    {"router_hosts", set_whole<FabricSpec, &FabricSpec::router_hosts>},
    {"group_routers", set_whole<FabricSpec, &FabricSpec::group_routers>},
    {"router_globals", set_whole<FabricSpec, &FabricSpec::router_globals>},
    {"uplink_bandwidth", set_bandwidth<FabricSpec, &FabricSpec::uplink>},
    {"uplink_latency", set_latency<FabricSpec, &FabricSpec::uplink>},
    {"first_site", set_whole<FabricSpec, &FabricSpec::first_site>},
    {"far_bandwidth", set_bandwidth<FabricSpec, &FabricSpec::far_link>},
    {"far_latency", set_latency<FabricSpec, &FabricSpec::far_link>},
};

/// What a part of the network refuses is told at the key that it names, or at `otherwise`.
template <class Body>
auto at_its_key(const Section& main, const std::string& otherwise, const Body& body) -> decltype(body()) {
  try {
    return body();
  } catch (const UserError& error) {
    const Location& where = error.location();
    if (where.line > 0) throw;
    throw UserError(main.where(where.key.empty() ? otherwise : where.key), error.message());
  }
}

/// The file that the key names, seen from the file that the key is in.
void read_xml(InsideSpec& spec, const Section& main, const std::string& key) {
  const std::filesystem::path folder = std::filesystem::path(main.where(key).file).parent_path();
  const std::string file = (folder / main.text(key)).string();
  std::error_code ignored;
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  if (std::filesystem::is_regular_file(file, ignored)) text << stream.rdbuf();
  if (!stream || text.str().empty()) network::refuse(key, "'" + file + "' cannot be read, or is empty");
  spec.nccl_xml = text.str();
  spec.nccl_file = file;
}

const std::map<std::string_view, Setter<InsideSpec>> kMachineSetters = {
    {"gpus_per_node", set_whole<InsideSpec, &InsideSpec::gpus_per_node>},
    {"nics_per_node", set_whole<InsideSpec, &InsideSpec::nics_per_node>},
    {"inside_bandwidth", set_bandwidth<InsideSpec, &InsideSpec::inside>},
    {"inside_latency", set_latency<InsideSpec, &InsideSpec::inside>},
    {"nvlink_bandwidth", set_bandwidth<InsideSpec, &InsideSpec::nvlink>},
    {"nvlink_latency", set_latency<InsideSpec, &InsideSpec::nvlink>},
    {"pcie_bandwidth", set_bandwidth<InsideSpec, &InsideSpec::pcie>},
    {"pcie_latency", set_latency<InsideSpec, &InsideSpec::pcie>},
    {"cpu_link_bandwidth", set_bandwidth<InsideSpec, &InsideSpec::cpu_link>},
    {"cpu_link_latency", set_latency<InsideSpec, &InsideSpec::cpu_link>},
    {"machine_xml", read_xml},
};

/// The keys that the row of that name asks for.
template <class Rows, class Spec>
void set_keys(Spec& spec, const Rows& rows, std::string_view name, const std::map<std::string_view, Setter<Spec>>& setters,
              const Section& main) {
  for (const auto& row : rows) {
    if (row.name != name) continue;
    for (const std::string_view key : row.keys) setters.at(key)(spec, main, std::string(key));
  }
}

network::Cluster cluster_of_machines(const Section& main, int workers) {
  const std::string fabric = fabric_of(main), machine = machine_of(main);
  InsideSpec inside;
  set_keys(inside, network::machine_rows(), machine, kMachineSetters, main);
  network::Cluster cluster = network::workers_in_machines(workers, machine, inside);
  if (main.text("push_pull_servers") == "apart") network::add_servers(cluster, static_cast<int>(cluster.nics.size()));
  FabricSpec spec;
  spec.link = link_spec(main);
  set_keys(spec, network::fabrics(), fabric, kFabricSetters, main);
  network::attach(fabric, cluster, spec);
  return cluster;
}

constexpr std::string_view kWorker = "worker";
constexpr int kMostWorkers = 10'000'000;

/// "worker" and a number.
bool is_workers_name(const std::string& name) {
  return name.size() > kWorker.size() && name.starts_with(kWorker) &&
         name.find_first_not_of("0123456789", kWorker.size()) == std::string::npos;
}

/// "3 workers, 1 switch, 4 links of 125 MB/s to 1.25 GB/s"
std::string linked_by_hand(const network::Cluster& cluster, std::size_t cables) {
  const auto count = [](std::size_t number, const std::string& one, const std::string& many) {
    return std::to_string(number) + " " + (number == 1 ? one : many);
  };
  const network::Topology& topology = cluster.topology;
  const std::size_t workers = cluster.workers.size(), switches = topology.nodes().size() - workers;
  const std::size_t machines = cluster.nics.size();
  std::string text = count(workers, "worker", "workers") +
                     (machines == workers ? "" : " in " + count(machines, "machine", "machines")) + ", " +
                     count(switches, "switch", "switches") + ", " + count(cables, "link", "links");
  if (topology.links().empty()) return text;
  const auto [least, greatest] = std::ranges::minmax(topology.links(), {}, &network::Link::capacity);
  text += " of " + to_text(least.capacity);
  return least.capacity == greatest.capacity ? text : text + " to " + to_text(greatest.capacity);
}

/// Workers whose sections name the same machine share it; every other one has its own. What is outside is then reached through
/// the links of the first of them, as far as a stack's choice asks.
void share_machines(network::Cluster& cluster, const std::vector<Section>& workers) {
  std::map<std::int64_t, std::string> names;  // [worker]
  for (const Section& worker : workers) {
    if (worker.has("machine")) names[worker.whole("index")] = worker.text("machine");
  }
  std::map<std::string, int> hosts;
  cluster.nics.clear();
  for (std::size_t worker = 0; worker < cluster.workers.size(); ++worker) {
    const auto named = names.find(static_cast<std::int64_t>(worker));
    int host = static_cast<int>(cluster.nics.size());
    if (named != names.end()) host = hosts.try_emplace(named->second, host).first->second;
    cluster.host_of_worker[worker] = host;
    if (host == static_cast<int>(cluster.nics.size())) cluster.nics.push_back({cluster.workers[worker]});
  }
}

network::Cluster cluster_of_links(const NetworkSections& sections, int workers) {
  network::Cluster cluster = network::bare_hosts(workers);
  std::map<std::string, network::NodeId> nodes;
  for (const network::NodeId worker : cluster.workers) nodes[cluster.topology.node(worker).name] = worker;
  const auto node = [&](const Section& link, const std::string& key) {
    const std::string& name = link.text(key);
    if (const auto found = nodes.find(name); found != nodes.end()) return found->second;
    if (is_workers_name(name)) {
      throw UserError(link.where(key),
                      "there is no '" + name + "': the workers are worker0 to worker" + std::to_string(workers - 1));
    }
    return nodes[name] = cluster.topology.add_node(network::NodeKind::network_switch, name);
  };
  for (const Section& link : sections.links) {
    const network::NodeId from = node(link, "from");
    const network::NodeId to = node(link, "to");
    const network::LinkSpec spec = link_spec(link);
    cluster.topology.add_link(from, to, spec.bandwidth, spec.latency);
    if (!link.flag("one_way")) cluster.topology.add_link(to, from, spec.bandwidth, spec.latency);
  }
  share_machines(cluster, sections.workers);
  cluster.description = linked_by_hand(cluster, sections.links.size());
  return cluster;
}

network::Cluster cluster_of(const NetworkSections& sections, int workers) {
  const Section& main = sections.main;
  if (main.text("push_pull_servers") == "apart" && main.text("topology") != "star") {
    throw UserError(main.where("push_pull_servers"), "apart only with topology = \"star\"");
  }
  if (main.text("topology") == "links") return cluster_of_links(sections, workers);
  if (!sections.links.empty()) {
    throw UserError(sections.links.front().where(), "has no effect: it is read only with topology = \"links\"");
  }
  for (const char* key : {"cpu_link_bandwidth", "cpu_link_latency"}) {
    if (main.written_here(key) && main.whole("nics_per_node") == 1) {
      throw UserError(main.where(key), "has no effect: a machine of one NIC has one CPU");
    }
  }
  return at_its_key(main, "topology", [&] { return cluster_of_machines(main, workers); });
}

/// `taken`: by (from, to), the files that have a way between them.
using Taken = std::set<std::pair<std::pair<network::NodeId, network::NodeId>, std::string>>;

void fix_one_way(network::Topology& topology, const std::vector<network::NodeId>& way, const std::string& file, Taken& taken) {
  topology.fix_way(way);
  if (!taken.insert({{way.front(), way.back()}, file}).second) {
    throw UserError("a second way from " + topology.node(way.front()).name + " to " + topology.node(way.back()).name);
  }
}

void fix_way(network::Cluster& cluster, const Section& route, Taken& taken) {
  const auto is_worker = [&](network::NodeId node) { return std::ranges::find(cluster.workers, node) != cluster.workers.end(); };
  std::vector<network::NodeId> way;
  for (const std::string& name : route.texts("way")) way.push_back(cluster.topology.find_node(name));
  if (way.empty() || !is_worker(way.front()) || !is_worker(way.back())) {
    throw UserError("must begin and end with a worker: nothing else sends or receives");
  }
  const std::string file = route.where().file;
  fix_one_way(cluster.topology, way, file, taken);
  if (route.flag("one_way")) return;
  std::ranges::reverse(way);
  fix_one_way(cluster.topology, way, file, taken);
}

/// Each worker must reach, and be reached by, the first: then each reaches each.
void check_connected(const network::Cluster& cluster) {
  network::Routing routing(cluster.topology);
  for (const network::NodeId worker : cluster.workers) {
    routing.route(cluster.workers.front(), worker);
    routing.route(worker, cluster.workers.front());
  }
}

}  // namespace

std::optional<int> workers_in_links(const NetworkSections& sections) {
  std::optional<int> workers;
  for (const Section& link : sections.links) {
    for (const char* end : {"from", "to"}) {
      const std::string& name = link.text(end);
      if (!is_workers_name(name)) continue;
      int number = 0;
      const char* last = name.data() + name.size();
      if (std::from_chars(name.data() + kWorker.size(), last, number).ec != std::errc() || number >= kMostWorkers) {
        throw UserError(link.where(end), "there can be no '" + name + "'");
      }
      workers = std::max(workers.value_or(0), number + 1);
    }
  }
  return workers;
}

std::string fabric_of(const Section& main) { return main.text("topology") == "nodes" ? "star" : main.text("topology"); }

std::string machine_of(const Section& main) { return main.text("topology") == "nodes" ? "switch" : main.text("machine"); }

network::LinkSpec link_spec(const Section& section, const std::string& prefix) {
  return {section.bandwidth(prefix + "bandwidth"), section.time(prefix + "latency")};
}

network::Cluster build_cluster(const NetworkSections& sections, int workers) {
  const Section& main = sections.main;
  network::Cluster cluster = cluster_of(sections, workers);
  located(main.where(), [&] { check_connected(cluster); });
  if (main.text("routing") == "ecmp") {
    cluster.topology.choose_ways(network::RoutingKind::ecmp, static_cast<std::uint64_t>(main.whole("routing_seed")));
  }
  Taken taken;
  for (const Section& route : sections.routes) located(route.where("way"), [&] { fix_way(cluster, route, taken); });
  return cluster;
}

}  // namespace syncline::scenarios
