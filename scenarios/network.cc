#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "network/routing.h"
#include "scenarios/network_sections.h"
#include "scenarios/sections.h"

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

/// A worker of the base, as far as it fits: its own link is another one, or none, where the topology or the machine is another.
Section inherited_worker(const Section& worker, const Section& main, const Section& base) {
  return has_own_links(main) && machine_of(main) == machine_of(base) ? worker : worker.without({"bandwidth", "latency"});
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
                           {}};
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
  if (!base_name) return profile_of(read_sections(folders, table, path, nullptr), nullptr, path, workers);
  const std::string file =
      located(location_of(*table.get("base"), path + ".base"), [&] { return folders.find(*base_name, kKinds); });
  const NetworkSections base = sections_of_file(folders, file);
  return profile_of(read_sections(folders, table, path, &base), &base, file_stem(file), workers);
}

}  // namespace

models::NetworkProfile load_network(const DataFolders& folders, const std::string& name, int workers) {
  const std::string file = folders.find(name, kKinds);
  return profile_of(sections_of_file(folders, file), nullptr, file_stem(file), workers);
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
