#include <algorithm>
#include <map>
#include <set>

#include "network/builders.h"
#include "network/routing.h"
#include "scenarios/sections.h"
#include "scenarios/stack.h"

namespace syncline::scenarios {
namespace {

const std::vector<std::string> kKinds = {"networks", "clusters"};

/// One network as written: its own section and those inside it.
struct NetworkSections {
  Section main;
  StackSections stack;
  std::vector<Section> workers;
  std::vector<Section> links;
};

std::vector<Section> repeated(const toml::table& table, const std::string& format_path, const std::string& path) {
  const SectionFormat& format = section_format(format_path);
  const std::string inner = joined(path, format.name());
  std::vector<Section> sections;
  for (const toml::table* each : tables(table, format, inner)) {
    sections.emplace_back(*each, format, inner + "[" + std::to_string(sections.size()) + "]");
  }
  return sections;
}

/// A worker of the base, as far as it fits: its own link is another one, or none, where the topology is another.
Section inherited_worker(const Section& worker, const std::string& topology, const std::string& base_topology) {
  const bool same_link = topology != "links" && (topology == "nodes") == (base_topology == "nodes");
  return same_link ? worker : worker.without({"bandwidth", "latency"});
}

/// Those of the base, then those written here; one that is both has the keys written here in place of the base's.
std::vector<Section> worker_sections(const toml::table& table, const std::string& path, const std::string& topology,
                                     const NetworkSections* base) {
  std::map<std::int64_t, Section> workers;  // by index
  if (base != nullptr) {
    for (const Section& worker : base->workers) {
      workers.emplace(worker.whole("index"), inherited_worker(worker, topology, base->main.text("topology")));
    }
  }
  const SectionFormat& format = section_format("network.worker");
  const std::vector<const toml::table*> found = tables(table, format, joined(path, format.name()));
  const std::vector<Section> here = repeated(table, "network.worker", path);
  std::map<std::int64_t, Location> places;
  for (std::size_t i = 0; i < here.size(); ++i) {
    const Section& worker = here[i];
    const std::int64_t index = worker.whole("index");
    const auto [first, is_new] = places.emplace(index, worker.where("index"));
    if (!is_new) {
      throw UserError(worker.where("index"), "worker " + std::to_string(index) + " has a section already, at line " +
                                                 std::to_string(first->second.line) + ": write its keys there");
    }
    const auto inherited = workers.find(index);
    const Section* from = inherited == workers.end() ? nullptr : &inherited->second;
    Section whole(*found[i], format, worker.path(), {}, from);
    workers.insert_or_assign(index, std::move(whole));
  }
  std::vector<Section> result;
  for (auto& [index, worker] : workers) result.push_back(std::move(worker));
  return result;
}

NetworkSections read_sections(const DataFolders& folders, const toml::table& table, const std::string& path,
                              const NetworkSections* base) {
  NetworkSections sections{Section(table, section_format("network"), path, {}, base ? &base->main : nullptr),
                           read_stack(folders, table, path, base ? &base->stack : nullptr),
                           {},
                           repeated(table, "network.link", path)};
  const std::string& topology = sections.main.text("topology");
  sections.workers = worker_sections(table, path, topology, base);
  if (base != nullptr && topology == "links") {
    sections.links.insert(sections.links.begin(), base->links.begin(), base->links.end());
  }
  return sections;
}

network::LinkSpec link_spec(const Section& section, const std::string& prefix = "") {
  return {section.bandwidth(prefix + "bandwidth"), section.time(prefix + "latency")};
}

int evenly(const Section& main, const std::string& key, int workers) {
  const int parts = static_cast<int>(main.whole(key));
  if (workers % parts != 0) {
    throw UserError(main.where(key),
                    std::to_string(workers) + " workers cannot be shared out evenly by " + std::to_string(parts));
  }
  return workers / parts;
}

/// "worker" and a number.
bool is_workers_name(const std::string& name) {
  const std::string prefix = "worker";
  return name.size() > prefix.size() && name.starts_with(prefix) &&
         name.find_first_not_of("0123456789", prefix.size()) == std::string::npos;
}

network::Cluster cluster_of_links(const NetworkSections& sections, int workers) {
  network::Cluster cluster;
  cluster.description = "as linked by hand";
  std::map<std::string, network::NodeId> nodes;
  for (int worker = 0; worker < workers; ++worker) {
    const std::string name = "worker" + std::to_string(worker);
    nodes[name] = cluster.topology.add_node(network::NodeKind::host, name);
    cluster.workers.push_back(nodes[name]);
    cluster.host_of_worker.push_back(worker);
  }
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
  return cluster;
}

network::Cluster build(const NetworkSections& sections, int workers) {
  const Section& main = sections.main;
  const std::string& topology = main.text("topology");
  if (topology != "links" && !sections.links.empty()) {
    throw UserError(sections.links.front().where(), "has no effect: it is read only with topology = \"links\"");
  }
  if (topology == "links") return cluster_of_links(sections, workers);
  if (topology == "racks") {
    return network::racks(static_cast<int>(main.whole("racks")), evenly(main, "racks", workers), link_spec(main),
                          link_spec(main, "uplink_"));
  }
  if (topology == "nodes") {
    return network::multi_gpu_nodes(evenly(main, "gpus_per_node", workers), static_cast<int>(main.whole("gpus_per_node")),
                                    link_spec(main, "inside_"), link_spec(main));
  }
  return network::star(workers, link_spec(main));
}

/// Each worker must reach, and be reached by, the first: then each reaches each.
void check_connected(const network::Cluster& cluster) {
  network::Routing routing(cluster.topology);
  for (const network::NodeId worker : cluster.workers) {
    routing.route(cluster.workers.front(), worker);
    routing.route(worker, cluster.workers.front());
  }
}

void apply_worker(models::NetworkProfile& profile, const Section& main, const Section& worker, int workers) {
  const int index = static_cast<int>(worker.whole("index"));
  if (index >= workers) {
    throw UserError(worker.where("index"),
                    "there is no worker " + std::to_string(index) + ": they are 0 to " + std::to_string(workers - 1));
  }
  profile.speed[index] = worker.number("speed");
  for (const char* key : {"bandwidth", "latency"}) {
    if (main.text("topology") == "links" && worker.has(key)) {
      throw UserError(worker.where(key), "has no effect with topology = \"links\": change the link itself");
    }
  }
  if (!worker.has("bandwidth") && !worker.has("latency")) return;
  // The link that differs: the worker's own, which for GPUs in machines is the one inside.
  network::LinkSpec spec = link_spec(main, main.text("topology") == "nodes" ? "inside_" : "");
  if (worker.has("bandwidth")) spec.bandwidth = worker.bandwidth("bandwidth");
  if (worker.has("latency")) spec.latency = worker.time("latency");
  network::set_worker_link(profile.cluster, index, spec);
}

/// UserError where the stack is to choose, and cannot.
std::string algorithm(const Section& main, const std::string& key, network::Operation operation,
                      const models::NetworkProfile& profile) {
  if (main.text(key) != "auto") return main.text(key);
  network::Routing routing(profile.cluster.topology);
  const network::ClusterFacts facts = network::facts_of(profile.cluster, routing);
  located(main.where(key), [&] { return network::choose(profile.stack, {operation, "", Bytes(1)}, facts); });
  return network::auto_name(operation);
}

models::NetworkProfile profile_of(const NetworkSections& sections, const std::string& name, int workers) {
  const Section& main = sections.main;
  models::NetworkProfile profile;
  profile.name = main.has("name") ? main.text("name") : name;
  profile.title = main.has("title") ? main.text("title") : profile.name;
  profile.where = main.where();
  profile.cluster = located(main.where(), [&] {
    network::Cluster cluster = build(sections, workers);
    check_connected(cluster);
    return cluster;
  });
  profile.speed.assign(static_cast<std::size_t>(workers), 1.0);
  for (const Section& worker : sections.workers) apply_worker(profile, main, worker, workers);
  profile.stack = stack_of(sections.stack);
  profile.algorithms.all_reduce = algorithm(main, "all_reduce", network::Operation::all_reduce, profile);
  profile.algorithms.all_gather = algorithm(main, "all_gather", network::Operation::all_gather, profile);
  return profile;
}

NetworkSections sections_of_file(const DataFolders& folders, const std::string& file) {
  return read_sections(folders, read_toml(file), "", nullptr);
}

models::NetworkProfile read_inline(const DataFolders& folders, const toml::table& table, const std::string& path, int workers) {
  const auto base_name = table["base"].value<std::string>();
  if (!base_name) return profile_of(read_sections(folders, table, path, nullptr), path, workers);
  const std::string file =
      located(location_of(*table.get("base"), path + ".base"), [&] { return folders.find(*base_name, kKinds); });
  const NetworkSections base = sections_of_file(folders, file);
  return profile_of(read_sections(folders, table, path, &base), file_stem(file), workers);
}

}  // namespace

models::NetworkProfile load_network(const DataFolders& folders, const std::string& name, int workers) {
  const std::string file = folders.find(name, kKinds);
  return profile_of(sections_of_file(folders, file), file_stem(file), workers);
}

std::vector<models::NetworkProfile> read_networks(const DataFolders& folders, const toml::table& root, const Section& top,
                                                  int workers) {
  std::vector<models::NetworkProfile> networks;
  std::set<std::string> taken;
  const auto add = [&](models::NetworkProfile profile, const Location& where) {
    if (!taken.insert(profile.name).second)
      throw UserError(where, "a second network named '" + profile.name + "'; give it another name");
    networks.push_back(std::move(profile));
  };
  const Location where = top.where("networks");
  for (const std::string& name : top.texts("networks")) {
    add(located(where, [&] { return load_network(folders, name, workers); }), where);
  }
  const SectionFormat& format = section_format("network");
  for (const toml::table* table : tables(root, format, "network")) {
    const std::string path = "network[" + std::to_string(networks.size() - top.texts("networks").size()) + "]";
    add(read_inline(folders, *table, path, workers), location_of(*table, path));
  }
  if (networks.empty())
    throw UserError(where, "no network to play: name one, such as networks = [\"10gbe\"], or describe a [[network]]");
  return networks;
}

}  // namespace syncline::scenarios
