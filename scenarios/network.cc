#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "network/routing.h"
#include "scenarios/network_sections.h"
#include "scenarios/sections.h"
#include "sim/units_text.h"

namespace syncline::scenarios {
namespace {

const std::vector<std::string> kKinds = {"networks", "clusters"};

std::vector<Section> repeated(const toml::table& table, const std::string& format_path, const std::string& path) {
  const SectionFormat& format = section_format(format_path);
  const std::string inner = joined(path, format.name());
  std::vector<Section> sections;
  for (const toml::table* each : tables(table, format, inner)) {
    sections.emplace_back(*each, format, inner + "[" + std::to_string(sections.size()) + "]");
  }
  return sections;
}

/// Each worker has one link, whose bandwidth and latency can be its own.
bool has_own_links(const Section& main) {
  return main.text("topology") != "links" && (machine_of(main) == "host" || machine_of(main) == "switch");
}

/// A worker of the base, as far as it fits: its own link is another one, or none, where the topology or the machine is another;
/// and which machine it is in is said of links only.
Section inherited_worker(const Section& worker, const Section& main, const Section& base) {
  if (main.text("topology") == "links") return worker.without({"bandwidth", "latency"});
  return has_own_links(main) && machine_of(main) == machine_of(base) ? worker.without({"machine"})
                                                                     : worker.without({"bandwidth", "latency", "machine"});
}

/// Those of the base, then those written here; one that is both has the keys written here in place of the base's.
std::vector<Section> worker_sections(const toml::table& table, const std::string& path, const Section& main,
                                     const NetworkSections* base) {
  std::map<std::int64_t, Section> workers;  // by index
  if (base != nullptr) {
    for (const Section& worker : base->workers) {
      workers.emplace(worker.whole("index"), inherited_worker(worker, main, base->main));
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
                           {},
                           {},
                           {},
                           {},
                           base ? base->fitted : std::vector<Section>()};
  sections.workers = worker_sections(table, path, sections.main, base);
  // Nodes and links have other names where they are others.
  const bool same =
      base != nullptr && fabric_of(sections.main) == fabric_of(base->main) && machine_of(sections.main) == machine_of(base->main);
  const auto read = [&](std::vector<Section> NetworkSections::*list, const std::string& format_path) {
    if (same) sections.*list = base->*list;
    for (Section& section : repeated(table, format_path, path)) (sections.*list).push_back(std::move(section));
  };
  read(&NetworkSections::links, "network.link");
  read(&NetworkSections::routes, "network.route");
  read(&NetworkSections::changes, "network.change");
  read(&NetworkSections::random_changes, "network.random_change");
  for (Section& section : repeated(table, "network.fitted", path)) sections.fitted.push_back(std::move(section));
  return sections;
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
  if (main.text("topology") != "links" && worker.has("machine")) {
    throw UserError(worker.where("machine"), "has no effect without topology = \"links\": others say who is where");
  }
  if (!worker.has("bandwidth") && !worker.has("latency")) return;
  // The link that differs: the worker's own, which for GPUs in machines is the one inside.
  if (!has_own_links(main)) {
    throw UserError(
        worker.where(worker.has("bandwidth") ? "bandwidth" : "latency"),
        "a worker has several links with machine = \"" + machine_of(main) + "\": change one by a [[network.change]] at 0 s");
  }
  network::LinkSpec spec = link_spec(main, machine_of(main) == "switch" ? "inside_" : "");
  if (worker.has("bandwidth")) spec.bandwidth = worker.bandwidth("bandwidth");
  if (worker.has("latency")) spec.latency = worker.time("latency");
  network::set_worker_link(profile.cluster, index, spec);
}

void apply_burst(network::Cluster& cluster, const Section& main) {
  if (!main.has("burst")) {
    if (!main.written_here("burst_bandwidth")) return;
    throw UserError(main.where("burst_bandwidth"), "has no effect without burst");
  }
  if (!has_own_links(main) && !main.written_here("burst")) return;  // the base's, which does not fit
  if (!has_own_links(main)) throw UserError(main.where("burst"), "only where each worker has one link of its own");
  const network::Burst burst{main.bytes("burst"), main.bandwidth("burst_bandwidth")};
  for (int worker = 0; worker < static_cast<int>(cluster.workers.size()); ++worker) {
    network::let_worker_burst(cluster, worker, burst);
  }
  for (const network::Link& link : cluster.topology.links()) {
    if (link.burst.bytes.count() == 0 || link.burst.peak >= link.capacity) continue;
    throw UserError(main.where("burst_bandwidth"), "a burst passes at " + to_text(link.burst.peak) + ", which is below the " +
                                                       to_text(link.capacity) + " of " + link.name);
  }
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

/// Who serves, or is the root, of the all-reduce.
network::Roles roles_of(const Section& main, int workers) {
  network::Roles roles;
  const auto read = [&](const std::string& key, int& value) {
    if (!main.written(key)) return;
    value = static_cast<int>(main.whole(key));
    located(main.where(key), [&] { network::check_roles(network::collective(main.text("all_reduce")), workers, roles); });
  };
  read("servers", roles.servers);
  read("root", roles.root);
  return roles;
}

/// `name`: where its section gives none.
models::NetworkProfile profile_of(const NetworkSections& sections, const NetworkSections* base, const std::string& name,
                                  int workers) {
  const Section& main = sections.main;
  models::NetworkProfile profile;
  profile.name = main.has("name") ? main.text("name") : name;
  profile.title = title_of(main, base ? &base->main : nullptr, name);
  profile.where = main.where();
  profile.cluster = build_cluster(sections, workers);
  profile.speed.assign(static_cast<std::size_t>(workers), 1.0);
  for (const Section& worker : sections.workers) apply_worker(profile, main, worker, workers);
  apply_burst(profile.cluster, main);
  profile.changes = read_changes(sections, profile.cluster);
  profile.measured_steps = main.whole("measured_steps");
  profile.stack = stack_of(sections.stack, profile.cluster.join);
  profile.algorithms.all_reduce = algorithm(main, "all_reduce", network::Operation::all_reduce, profile);
  profile.algorithms.roles = roles_of(main, workers);
  profile.algorithms.all_gather = algorithm(main, "all_gather", network::Operation::all_gather, profile);
  return profile;
}

NetworkSections sections_of_file(const DataFolders& folders, const std::string& file) {
  const toml::table table = read_toml(file);
  if (const toml::node* base = table.get("base")) {
    throw UserError(location_of(*base, "base"),
                    "a file of a network starts from nothing: [[network]] of a scenario may have a base");
  }
  return read_sections(folders, table, "", nullptr);
}

NamedNetwork of_file(const DataFolders& folders, const std::string& name, const Location& where) {
  const std::string file = folders.find(name, kKinds);
  return {"", where, sections_of_file(folders, file), std::nullopt, file_stem(file), false, 0};
}

NamedNetwork described(const DataFolders& folders, const toml::table& table, const std::string& path) {
  const Location where = location_of(table, path);
  const auto base_name = table["base"].value<std::string>();
  if (!base_name) return {"", where, read_sections(folders, table, path, nullptr), std::nullopt, path, true, 0};
  const std::string file =
      located(location_of(*table.get("base"), path + ".base"), [&] { return folders.find(*base_name, kKinds); });
  NetworkSections base = sections_of_file(folders, file);
  NetworkSections sections = read_sections(folders, table, path, &base);
  return {"", where, std::move(sections), std::move(base), file_stem(file), true, 0};
}

}  // namespace

models::NetworkProfile build_network(const NamedNetwork& network, int workers) {
  return profile_of(network.sections, network.base ? &*network.base : nullptr, network.standard_name, workers);
}

models::NetworkProfile load_network(const DataFolders& folders, const std::string& name, int workers) {
  return build_network(of_file(folders, name, {}), workers);
}

std::optional<int> workers_in_network(const DataFolders& folders, const std::string& name) {
  return workers_in_links(of_file(folders, name, {}).sections);
}

std::vector<NamedNetwork> named_networks(const DataFolders& folders, const toml::table& root, const Section& top) {
  std::vector<NamedNetwork> networks;
  std::set<std::string> taken;
  const auto add = [&](NamedNetwork network, std::size_t place) {
    const Section& main = network.sections.main;
    network.name = main.has("name") ? main.text("name") : network.standard_name;
    network.place = place;
    if (!taken.insert(network.name).second) {
      throw UserError(network.where, "a second network named '" + network.name + "'; give it another name");
    }
    networks.push_back(std::move(network));
  };
  const Location where = top.where("networks");
  for (const std::string& name : top.texts("networks")) {
    add(located(where, [&] { return of_file(folders, name, where); }), networks.size());
  }
  const SectionFormat& format = section_format("network");
  std::size_t place = 0;
  for (const toml::table* table : tables(root, format, "network")) {
    add(described(folders, *table, "network[" + std::to_string(place) + "]"), place);
    ++place;
  }
  if (networks.empty())
    throw UserError(where, "no network to play: name one, such as networks = [\"10gbe\"], or describe a [[network]]");
  return networks;
}

const NamedNetwork* find_network(const std::vector<NamedNetwork>& networks, const std::string& name) {
  const auto found = std::ranges::find(networks, name, &NamedNetwork::name);
  return found == networks.end() ? nullptr : &*found;
}

std::vector<models::NetworkProfile> read_networks(const DataFolders& folders, const toml::table& root, const Section& top,
                                                  int workers) {
  std::vector<models::NetworkProfile> networks;
  for (const NamedNetwork& network : named_networks(folders, root, top)) {
    networks.push_back(located(network.where, [&] { return build_network(network, workers); }));
  }
  return networks;
}

}  // namespace syncline::scenarios
