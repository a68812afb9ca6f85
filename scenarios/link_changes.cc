// [[network.change]] and [[network.random_change]]: what links do over time.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "network/routing.h"
#include "scenarios/network_sections.h"

namespace syncline::scenarios {
namespace {

using network::LinkId;
using network::NodeId;
using network::Topology;
using Cable = std::vector<LinkId>;  // one link, or both ways

/// Whether * in the pattern can stand for something that makes it the name.
bool matches(std::string_view pattern, std::string_view name) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == name;
  if (!name.starts_with(pattern.substr(0, star))) return false;
  const std::string_view rest = pattern.substr(star + 1);
  for (std::size_t at = star; at <= name.size(); ++at) {
    if (matches(rest, name.substr(at))) return true;
  }
  return false;
}

void check_end(const Topology& topology, const Section& section, const std::string& key) {
  const std::string& pattern = section.text(key);
  if (std::ranges::any_of(topology.nodes(), [&](const network::Node& node) { return matches(pattern, node.name); })) return;
  located(section.where(key), [&] { topology.find_node(pattern); });
}

/// Links by their ends, as they were added.
using LinksByEnds = std::map<std::pair<NodeId, NodeId>, std::vector<LinkId>>;

LinksByEnds links_by_ends(const Topology& topology) {
  LinksByEnds links;
  for (LinkId id{0}; const network::Link& link : topology.links()) {
    links[{link.from, link.to}].push_back(id);
    ++id.value;
  }
  return links;
}

/// The first link that goes the other way and is none of these.
LinkId way_back(const LinksByEnds& links, const network::Link& link, const std::set<LinkId>& taken) {
  const auto found = links.find({link.to, link.from});
  if (found == links.end()) return {};
  const auto back = std::ranges::find_if(found->second, [&](LinkId id) { return !taken.contains(id); });
  return back == found->second.end() ? LinkId{} : *back;
}

std::vector<Cable> cables_of(const Topology& topology, const Section& section) {
  for (const char* end : {"from", "to"}) check_end(topology, section, end);
  const LinksByEnds by_ends = links_by_ends(topology);
  std::vector<Cable> cables;
  std::set<LinkId> taken;
  for (LinkId id{0}; id.value < static_cast<int>(topology.links().size()); ++id.value) {
    const network::Link& link = topology.link(id);
    const bool is_meant =
        matches(section.text("from"), topology.node(link.from).name) && matches(section.text("to"), topology.node(link.to).name);
    if (!is_meant || !taken.insert(id).second) continue;
    cables.push_back({id});
    if (section.flag("one_way")) continue;
    const LinkId back = way_back(by_ends, link, taken);
    if (back == LinkId{}) continue;
    taken.insert(back);
    cables.back().push_back(back);
  }
  if (cables.empty()) {
    throw UserError(section.where("to"), "there is no link from '" + section.text("from") + "' to '" + section.text("to") + "'");
  }
  return cables;
}

void add_listed(network::ChangingLinks& changing, const Topology& topology, const Section& section) {
  if (!section.has("bandwidth") && !section.has("latency") && !section.has("state")) {
    throw UserError(section.where(), "changes nothing: give a bandwidth, a latency or a state");
  }
  network::LinkChange change;
  change.at = section.time("at");
  if (changing.period > Time::zero() && change.at >= changing.period) {
    throw UserError(section.where("at"), "must be before change_period, at which the list begins again");
  }
  if (section.has("bandwidth")) change.capacity = section.bandwidth("bandwidth");
  if (section.has("latency")) change.latency = section.time("latency");
  if (section.has("state")) change.up = section.text("state") == "up";
  for (const Cable& cable : cables_of(topology, section)) {
    for (const LinkId link : cable) {
      change.link = link;
      changing.list.push_back(change);
    }
  }
}

/// A mean time; none where the key is not given.
Time mean(const Section& section, const std::string& key) {
  if (!section.has(key)) return Time::zero();
  const Time time = section.time(key);
  if (time < Time::microseconds(1)) throw UserError(section.where(key), "must be at least 1 us");
  return time;
}

/// Of what is drawn anew, where `mean` says how often.
void check_range(const Section& section, const std::string& what, const char* mean, double least, double greatest) {
  const std::string least_key = "least_" + what, greatest_key = "greatest_" + what;
  for (const std::string& key : {least_key, greatest_key}) {
    if (section.written(key) && !section.has(mean)) {
      throw UserError(section.where(key), std::string("has no effect without ") + mean + ": the " + what + " stays");
    }
  }
  if (least > greatest) throw UserError(section.where(least_key), "must not be above " + greatest_key);
}

network::LinkWeather weather_of(const Section& section) {
  const network::LinkWeather weather{mean(section, "mean_between_changes"),
                                     section.number("least_bandwidth"),
                                     section.number("greatest_bandwidth"),
                                     mean(section, "mtbf"),
                                     mean(section, "mttr"),
                                     mean(section, "mean_between_latencies"),
                                     section.number("least_latency"),
                                     section.number("greatest_latency")};
  if (section.has("mtbf") != section.has("mttr")) {
    const bool fails = section.has("mtbf");
    throw UserError(section.where(fails ? "mtbf" : "mttr"),
                    fails ? "needs mttr, too: how long a repair takes" : "has no effect without mtbf: the link never fails");
  }
  // Simulated time ends after 100 days; links that are up now and then only would take longer for anything.
  if (weather.mean_repair > 1000 * weather.mean_until_failure) {
    throw UserError(section.where("mttr"), "must be at most 1000 times mtbf");
  }
  check_range(section, "bandwidth", "mean_between_changes", weather.least_capacity, weather.greatest_capacity);
  check_range(section, "latency", "mean_between_latencies", weather.least_latency, weather.greatest_latency);
  if (!section.has("mtbf") && !section.has("mean_between_changes") && !section.has("mean_between_latencies")) {
    throw UserError(section.where(), "changes nothing: give mtbf and mttr, mean_between_changes or mean_between_latencies");
  }
  return weather;
}

void add_random(network::ChangingLinks& changing, const Topology& topology, const Section& section) {
  const network::LinkWeather weather = weather_of(section);
  for (Cable& cable : cables_of(topology, section)) {
    changing.random.push_back({std::move(cable), weather, static_cast<std::uint64_t>(section.whole("seed"))});
  }
}

/// Links that go down by the list and never come up again.
std::set<LinkId> lost_links(const network::ChangingLinks& changing) {
  std::vector<network::LinkChange> list = changing.list;
  std::ranges::stable_sort(list, {}, &network::LinkChange::at);
  std::set<LinkId> lost;
  for (const network::LinkChange& change : list) {
    if (change.up == false) lost.insert(change.link);
    if (change.up == true) lost.erase(change.link);
  }
  if (changing.period == Time::zero()) return lost;
  for (const network::LinkChange& change : list) {  // the list begins again
    if (change.up == true) lost.erase(change.link);
  }
  return lost;
}

bool can_go_around(const network::Cluster& cluster, const std::set<LinkId>& lost) {
  network::Routing routing(cluster.topology);
  for (const LinkId link : lost) routing.set_up(link, false);
  const auto has_way = [&](NodeId from, NodeId to) { return routing.find_route(from, to) != nullptr; };
  const NodeId first = cluster.workers.front();
  return std::ranges::all_of(cluster.workers, [&](NodeId worker) { return has_way(first, worker) && has_way(worker, first); }) &&
         std::ranges::all_of(cluster.topology.routing().fixed,
                             [&](const auto& way) { return has_way(way.first.first, way.first.second); });
}

/// `where`: of each entry of the list.
void check_flows_go_on(const network::ChangingLinks& changing, const network::Cluster& cluster,
                       const std::vector<Location>& where) {
  const std::set<LinkId> lost = lost_links(changing);
  if (lost.empty()) return;
  const std::string& name = cluster.topology.link(*lost.begin()).name;
  const auto failure = std::ranges::find_if(
      changing.list, [&](const network::LinkChange& change) { return change.link == *lost.begin() && change.up == false; });
  const Location& place = where[static_cast<std::size_t>(failure - changing.list.begin())];
  if (changing.on_link_down == network::OnLinkDown::stall) {
    throw UserError(place, "the link " + name +
                               " goes down and never comes up again, so that flows on it would wait for ever: bring it up, or "
                               "say on_link_down = \"reroute\"");
  }
  if (!can_go_around(cluster, lost)) {
    throw UserError(place, "the link " + name + " goes down and never comes up again, and there is no way around for all");
  }
}

/// Keys of the network's own section that are about changes.
void check_effect(const Section& main, const network::ChangingLinks& changing) {
  const auto refuse = [&](const char* key, const std::string& why) {
    if (main.written_here(key)) throw UserError(main.where(key), "has no effect: " + why);
  };
  if (changing.empty()) refuse("measured_steps", "no link changes, so that steps repeat");
  if (changing.list.empty()) refuse("change_period", "there is no [[network.change]]");
  const bool fails =
      std::ranges::any_of(changing.list, [](const auto& change) { return change.up == false; }) ||
      std::ranges::any_of(changing.random, [](const auto& random) { return random.weather.mean_until_failure > Time::zero(); });
  if (!fails) refuse("on_link_down", "no link goes down");
}

}  // namespace

network::ChangingLinks read_changes(const NetworkSections& sections, const network::Cluster& cluster) {
  const Section& main = sections.main;
  network::ChangingLinks changing;
  if (main.text("on_link_down") == "reroute") changing.on_link_down = network::OnLinkDown::reroute;
  if (main.has("change_period")) {
    changing.period = main.time("change_period");
    if (changing.period < Time::microseconds(1)) throw UserError(main.where("change_period"), "must be at least 1 us");
  }
  std::vector<Location> where;  // of each entry of the list
  for (const Section& section : sections.changes) {
    add_listed(changing, cluster.topology, section);
    where.resize(changing.list.size(), section.where(section.has("state") ? "state" : "at"));
  }
  for (const Section& section : sections.random_changes) add_random(changing, cluster.topology, section);
  check_effect(main, changing);
  check_flows_go_on(changing, cluster, where);
  return changing;
}

}  // namespace syncline::scenarios
