#include "tools/collective_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "sim/units_text.h"
#include "tools/quantities.h"
#include "tools/table.h"

namespace syncline::tools {
namespace {

using network::CollectiveTime;
using network::Reckoning;
using json = nlohmann::ordered_json;

constexpr std::size_t kLinkLines = 12;
constexpr double kLeastSpeed = 0.01, kMostSpeed = 100;  // of all links, by what they have: where other choices are looked for

int workers_of(const CollectiveStudy& study) { return static_cast<int>(study.profile.cluster.workers.size()); }

/// As nccl-tests define them: bytes per second.
struct Bandwidths {
  double algorithm = 0, bus = 0;
};

Bandwidths bandwidths(const CollectiveStudy& study, Bytes size, const CollectiveTime& time) {
  const double seconds = time.most.seconds();
  const double algorithm = seconds > 0 ? static_cast<double>(size.count()) / seconds : 0;
  return {algorithm, algorithm * network::bus_factor(study.operation, workers_of(study))};
}

/// Three digits, as nccl-tests print them: in GB/s.
std::string gigabytes_text(double bytes_per_second) {
  const double value = bytes_per_second / 1e9;
  return fmt::format("{:.{}f}", value, value < 0.1 ? 4 : value < 10 ? 2 : 1);
}

std::string how_text(const CollectiveTime& time) {
  switch (time.by) {
    case Reckoning::collapsed:
      return "collapsed";
    case Reckoning::exact:
      return "exact";
    case Reckoning::bounded:
      break;
  }
  return fmt::format("or {} less", percent_text(1 - time.least.seconds() / time.most.seconds()));
}

/// "ring", "ring, LL128"
std::string algorithm_text(const CollectiveTime& time) {
  return std::string(algorithm_of(*time.row)) + (time.protocol.empty() ? "" : ", " + time.protocol);
}

std::string choice_text(const network::Chosen& chosen) {
  const std::string& protocol = chosen.variant->protocol;
  return std::string(algorithm_of(*chosen.row)) + (protocol.empty() ? "" : ", " + protocol);
}

/// Of those that the stack has, where there are any: the others are not charged what it charges.
std::size_t fastest(const std::vector<CollectiveTime>& times) {
  const auto less = [](const CollectiveTime& a, const CollectiveTime& b) {
    return a.of_stack != b.of_stack ? a.of_stack : a.most < b.most;
  };
  return static_cast<std::size_t>(std::min_element(times.begin(), times.end(), less) - times.begin());
}

std::vector<std::string> cells(const CollectiveStudy& study, Bytes size, const CollectiveTime& time) {
  const Bandwidths rates = bandwidths(study, size, time);
  return {seconds_text(time.most.seconds()),
          gigabytes_text(rates.algorithm),
          gigabytes_text(rates.bus),
          seconds_text(time.bound.seconds()),
          seconds_text(time.closed_form.seconds()),
          bytes_text(time.sent_bytes),
          how_text(time)};
}

const std::vector<std::string> kHead = {"time", "algbw GB/s", "busbw GB/s", "bound ≥", "closed form", "sent/worker ≤", "played"};

/// Names those that cannot be compared with the others.
std::string not_of_stack_text(const CollectiveStudy& study, const CollectiveStudyResult& result) {
  std::string names;
  for (const CollectiveTime& time : result.at_size) {
    if (!time.of_stack) names += (names.empty() ? "" : ", ") + std::string(algorithm_of(*time.row));
  }
  if (names.empty()) return "";
  return fmt::format("not in {}, so without its launch and hops, and not marked as fastest: {}\n", study.profile.stack.name,
                     names);
}

std::string algorithms_text(const CollectiveStudy& study, const CollectiveStudyResult& result) {
  Table table;
  table.head = {"algorithm"};
  table.head.insert(table.head.end(), kHead.begin(), kHead.end());
  for (const CollectiveTime& time : result.at_size) {
    table.rows.push_back({algorithm_text(time)});
    for (std::string& cell : cells(study, study.size, time)) table.rows.back().push_back(std::move(cell));
  }
  if (result.at_size.size() > 1) table.marked = static_cast<int>(fastest(result.at_size));
  std::string text = table.text();
  for (const CollectiveTime& time : result.at_size) {
    text += fmt::format("{}: closed form {}\n", algorithm_of(*time.row), formula_text(*time.row));
  }
  return text + not_of_stack_text(study, result);
}

/// 0: the algorithm has none.
int servers_of(const CollectiveStudy& study, const CollectiveTime& time) {
  if (time.row->role != network::Role::servers) return 0;
  return network::servers_of(study.operation, {workers_of(study), 0, study.roles, {}});
}

/// Who is not like the others; nothing where all are alike.
std::string roles_text(const CollectiveStudy& study, const CollectiveStudyResult& result) {
  std::string text;
  for (const CollectiveTime& time : result.at_size) {
    std::string line;
    if (time.row->role == network::Role::root) line = fmt::format("  root     worker{}\n", study.roles.root);
    if (const int servers = servers_of(study, time))
      line = fmt::format("  servers  {} of {} workers\n", servers, workers_of(study));
    if (text.find(line) == std::string::npos) text += line;
  }
  return text;
}

/// Rounded to what bytes_text prints.
double three_digits(double value) { return value > 0 ? std::stod(fmt::format("{:.3g}", value)) : 0; }

/// Links that are alike in capacity and use, as one line; the busiest first.
std::string links_text(const CollectiveStudy& study, const CollectiveTime& time) {
  struct Group {
    std::string name;
    int links = 0;
  };
  struct Use {
    double busy, capacity, bytes;  // in 1/1000; bytes/s; carried, as printed
    auto operator<=>(const Use&) const = default;
  };
  std::map<Use, Group, std::greater<>> groups;
  const auto links = study.profile.cluster.topology.links();
  const double seconds = time.most.seconds();
  for (std::size_t link = 0; link < links.size(); ++link) {
    const double busy = seconds > 0 ? time.link_seconds[link] / seconds : 0,
                 capacity = links[link].capacity.in_bytes_per_second();
    Group& group = groups[{std::round(1000 * busy), capacity, three_digits(time.link_seconds[link] * capacity)}];
    if (group.links++ == 0) group.name = links[link].name;
  }
  Table table;
  table.head = {"links", "capacity", "carried each", "busy"};
  for (const auto& [use, group] : groups) {
    if (table.rows.size() == kLinkLines) break;
    table.rows.push_back({group.links == 1 ? group.name : fmt::format("{} like {}", group.links, group.name),
                          to_text(Bandwidth::bytes_per_second(use.capacity)), bytes_text(use.bytes),
                          percent_text(use.busy / 1000)});
  }
  std::string text = table.text();
  if (groups.size() > kLinkLines) text += fmt::format("and {} kinds of less busy links\n", groups.size() - kLinkLines);
  return text;
}

/// What the stack is asked for at the study's size; nothing where it has no choice, or several algorithms are compared.
std::optional<network::Wanted> choice_of(const CollectiveStudy& study) {
  if (study.profile.stack.variants.empty() || study.algorithms.size() != 1) return std::nullopt;
  const std::string& algorithm = study.algorithms.front();
  const network::CollectiveCall call =
      network::call_for_buffer(study.operation, algorithm, study.size, workers_of(study), study.roles);
  const bool gathers = study.operation == network::Operation::all_gather;  // whose call names one worker's part
  return network::Wanted{study.operation, network::auto_operation(algorithm) ? std::string_view() : algorithm,
                         gathers ? call.bytes * workers_of(study) : call.bytes, study.roles};
}

network::ClusterFacts facts_of(const CollectiveStudy& study) {
  network::Routing routing(study.profile.cluster.topology);
  return network::facts_of(study.profile.cluster, routing);
}

/// Where more bytes may take less time: the sizes, within the sweep, at which the stack takes another variant.
std::vector<Bytes> switch_points_of(const CollectiveStudy& study) {
  const std::optional<network::Wanted> wanted = choice_of(study);
  if (!wanted || study.sweep.empty()) return {};
  return switch_points(study.profile.stack, *wanted, facts_of(study), study.sweep.front(), study.sweep.back());
}

/// Where faster links may take more time, at the study's size.
std::vector<network::SpeedSwitch> switch_speeds_of(const CollectiveStudy& study) {
  const std::optional<network::Wanted> wanted = choice_of(study);
  if (!wanted) return {};
  return switch_speeds(study.profile.stack, *wanted, facts_of(study), kLeastSpeed, kMostSpeed);
}

std::string switch_points_text(const CollectiveStudy& study) {
  std::string text;
  for (const Bytes point : switch_points_of(study)) text += fmt::format("{}{} B", text.empty() ? "" : ", ", point.count());
  return text.empty() ? "" : "the stack's choice changes at " + text + ": only there may more bytes take less time\n";
}

std::string switch_speeds_text(const CollectiveStudy& study) {
  std::string text;
  for (const network::SpeedSwitch& each : switch_speeds_of(study)) {
    text += fmt::format("{}{:.3g} ({} -> {})", text.empty() ? "" : ", ", each.speed, choice_text(each.before),
                        choice_text(each.after));
  }
  if (text.empty()) return "";
  return fmt::format(
      "of {}, it changes where all links have so many times their bandwidth: {}: only there may more bandwidth "
      "take more time\n",
      to_text(study.size), text);
}

/// One algorithm (or those that the stack takes): all columns. Several: the time by each, and which is fastest.
std::string sweep_text(const CollectiveStudy& study, const CollectiveStudyResult& result) {
  Table table;
  table.head = {"size B"};
  const bool one = study.algorithms.size() == 1;
  if (one) table.head.emplace_back("algorithm");
  if (one) table.head.insert(table.head.end(), kHead.begin(), kHead.end());
  for (const CollectiveTime& time : result.at_size) {
    if (!one) table.head.emplace_back(algorithm_of(*time.row));
  }
  if (!one) table.head.insert(table.head.end(), {"busbw GB/s", "fastest"});
  for (std::size_t i = 0; i < study.sweep.size(); ++i) {
    const Bytes size = study.sweep[i];
    std::vector<std::string> line = {fmt::format("{}", size.count())};
    if (one) {
      line.push_back(algorithm_text(result.sweep[i].front()));
      for (std::string& cell : cells(study, size, result.sweep[i].front())) line.push_back(std::move(cell));
    } else {
      for (const CollectiveTime& time : result.sweep[i]) line.push_back(seconds_text(time.most.seconds()));
      const std::size_t best = fastest(result.sweep[i]);
      line.push_back(gigabytes_text(bandwidths(study, size, result.sweep[i][best]).bus));
      line.push_back(algorithm_text(result.sweep[i][best]));
    }
    table.rows.push_back(std::move(line));
  }
  return table.text();
}

json time_json(const CollectiveStudy& study, Bytes size, const CollectiveTime& time) {
  const Bandwidths rates = bandwidths(study, size, time);
  const char* by = time.by == Reckoning::collapsed ? "collapsed" : time.by == Reckoning::exact ? "exact" : "bounded";
  return {{"algorithm", time.row->name},
          {"protocol", time.protocol},
          {"bytes", size.count()},
          {"seconds", time.most.seconds()},
          {"least_seconds", time.least.seconds()},
          {"root", time.row->role == network::Role::root ? json(study.roles.root) : json(nullptr)},
          {"servers", servers_of(study, time) > 0 ? json(servers_of(study, time)) : json(nullptr)},
          {"played", by},
          {"algbw", rates.algorithm},
          {"busbw", rates.bus},
          {"bound", time.bound.seconds()},
          {"closed_form", time.closed_form.seconds()},
          {"sent_bytes", time.sent_bytes}};
}

json choice_json(const network::Chosen& chosen) {
  return {{"algorithm", chosen.row->name}, {"protocol", chosen.variant->protocol}};
}

}  // namespace

CollectiveStudyResult run_study(const CollectiveStudy& study) {
  const auto times_of = [&](Bytes size) {
    std::vector<CollectiveTime> times;
    for (const std::string& algorithm : study.algorithms) {
      const network::CollectiveCall call =
          network::call_for_buffer(study.operation, algorithm, size, workers_of(study), study.roles);
      times.push_back(
          network::time_collective(study.profile.cluster, study.profile.stack, call, study.wanted, study.profile.changes));
    }
    return times;
  };
  CollectiveStudyResult result;
  result.at_size = times_of(study.size);
  for (const Bytes size : study.sweep) result.sweep.push_back(size == study.size ? result.at_size : times_of(size));
  return result;
}

std::string report_text(const CollectiveStudy& study, const CollectiveStudyResult& result) {
  const models::NetworkProfile& profile = study.profile;
  const std::size_t best = fastest(result.at_size);
  std::string text = fmt::format("{} of {} among {} workers\n", name_of(study.operation), to_text(study.size), workers_of(study));
  text += roles_text(study, result);
  text += fmt::format("  network  {}: {}\n", profile.title, profile.cluster.description);
  text += fmt::format("  stack    {}: launch {}, efficiency {}{}\n\n", profile.stack.name, to_text(profile.stack.launch),
                      profile.stack.efficiency, profile.stack.variants.empty() ? "" : ", besides those of each algorithm");
  text += algorithms_text(study, result);
  text += fmt::format("\nlinks, by {}:\n{}", algorithm_text(result.at_size[best]), links_text(study, result.at_size[best]));
  if (!study.sweep.empty()) text += "\n" + sweep_text(study, result) + switch_points_text(study);
  text += switch_speeds_text(study);
  text +=
      "\nclosed form: the formula with the longest latency and the least bandwidth of any way from a rank to the next. Where all "
      "ways are\nalike it is the time, or, where it says \"at least\", no more than the time; where they are not, it is neither, "
      "and no bound: an\nestimate that takes every way to be like the slowest, mostly too long.\nalgbw = size / time; busbw as "
      "nccl-tests define it, to be held against a link. No time can be below its bound.\n"
      "played: exact = flow by flow; collapsed = the same times by proof, for less work.\n";
  if (!study.profile.changes.empty()) {
    text +=
        "Links change, from the start of each play on. The bound is of each link at its best; carried and busy are as if links, "
        "and ways, stayed as they are at first.\n";
  }
  if (has_bursts(profile.cluster)) {
    text +=
        "Links let bursts pass, and have had a pause before each play: a time can be below its closed form, and a link busy for "
        "more than 100 %.\n";
  }
  if (!study.sweep.empty() && study.algorithms.size() > 1 && !profile.stack.variants.empty()) {
    text +=
        "Of each algorithm the stack chooses the protocol: where that changes, more bytes may take less time. --algorithm with "
        "one names the sizes.\n";
  }
  if (study.wanted == Reckoning::bounded)
    text += "\"or N % less\": not played; the time is an upper bound, and the exact one is at most so much less.\n";
  return text;
}

std::string json_text(const CollectiveStudy& study, const CollectiveStudyResult& result) {
  json at_size = json::array(), sweep = json::array(), links = json::array();
  for (const CollectiveTime& time : result.at_size) at_size.push_back(time_json(study, study.size, time));
  for (std::size_t i = 0; i < study.sweep.size(); ++i) {
    for (const CollectiveTime& time : result.sweep[i]) sweep.push_back(time_json(study, study.sweep[i], time));
  }
  const std::size_t best = fastest(result.at_size);
  const auto all = study.profile.cluster.topology.links();
  for (std::size_t link = 0; link < all.size(); ++link) {
    const double seconds = result.at_size[best].link_seconds[link], whole = result.at_size[best].most.seconds();
    links.push_back({{"name", all[link].name},
                     {"bytes_per_second", all[link].capacity.in_bytes_per_second()},
                     {"carried_bytes", seconds * all[link].capacity.in_bytes_per_second()},
                     {"utilisation", whole > 0 ? seconds / whole : 0}});
  }
  json points = json::array();
  for (const Bytes point : switch_points_of(study)) points.push_back(point.count());
  json speeds = json::array();
  for (const network::SpeedSwitch& each : switch_speeds_of(study)) {
    speeds.push_back({{"speed", each.speed}, {"before", choice_json(each.before)}, {"after", choice_json(each.after)}});
  }
  const json report = {{"operation", name_of(study.operation)},
                       {"bytes", study.size.count()},
                       {"workers", workers_of(study)},
                       {"network", study.profile.name},
                       {"cluster", study.profile.cluster.description},
                       {"stack", study.profile.stack.name},
                       {"at_size", at_size},
                       {"links", links},
                       {"links_of", result.at_size[best].row->name},
                       {"sweep", sweep},
                       {"switch_points", points},
                       {"switch_speeds", speeds}};
  return report.dump(1) + "\n";
}

}  // namespace syncline::tools
