// What `reference study` prints.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "sim/error.h"
#include "tools/quantities.h"
#include "tools/study.h"
#include "tools/table.h"

namespace syncline::tools {
namespace {

constexpr int kGpus = 32;              // of the study's findings
constexpr const char* kNet = "10gbe";  // likewise

/// One method against another, and what the study found over its cases ("": it doesn't say).
struct Comparison {
  const char *fast, *slow, *published;
};
constexpr Comparison kComparisons[] = {
    {"ACP-SGD", "S-SGD", "4.06"},
    {"ACP-SGD", "Power-SGD", "1.43"},
    {"ACP-SGD", "Power-SGD, hook", "1.43"},
    {"ACP-SGD, one by one", "S-SGD", "4.06"},
    {"ACP-SGD, one by one", "Power-SGD, one by one", "1.43"},
    {"ACP-SGD, one by one", "hook, one by one", "1.43"},
};

double seconds_of(const scenarios::NetworkResult& network, const std::string& method) {
  const auto found = std::ranges::find(network.outcomes, method, &models::Outcome::method);
  SYNCLINE_CHECK(found != network.outcomes.end(), "the study has no method " + method);
  return found->timeline.iteration;
}

double speed_up(const scenarios::NetworkResult& network, const Comparison& pair) {
  return seconds_of(network, pair.slow) / seconds_of(network, pair.fast);
}

using Choice = std::function<bool(int workers, const std::string& network)>;

/// Of all cases of all files that are chosen.
std::vector<double> speed_ups(const std::vector<StudiedFile>& files, const Comparison& pair, const Choice& chosen) {
  std::vector<double> result;
  for (const StudiedFile& file : files) {
    for (const StudiedFile::Play& play : file.plays) {
      for (const scenarios::NetworkResult& network : play.networks) {
        if (chosen(play.workers, network.name)) result.push_back(speed_up(network, pair));
      }
    }
  }
  return result;
}

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double geometric_mean(std::vector<double> values) {
  for (double& value : values) value = std::log(value);
  return std::exp(mean(values));
}

std::string times_text(double factor) { return fmt::format("{:.2f}", factor); }

/// A row for each network and number of GPUs: ACP-SGD over S-SGD for each file, and the means of all comparisons.
std::string cases_text(const std::vector<StudiedFile>& files) {
  Table table;
  table.head = {"network", "GPUs"};
  for (const StudiedFile& file : files) table.head.push_back(file.title);
  for (const char* what : {"mean", "over Power-SGD", "over its hook"}) table.head.emplace_back(what);
  const StudiedFile& first = files.front();
  for (std::size_t n = 0; n < first.plays.front().networks.size(); ++n) {
    const std::string& name = first.plays.front().networks[n].name;
    for (std::size_t p = 0; p < first.plays.size(); ++p) {
      const int gpus = first.plays[p].workers;
      std::vector<std::string> row = {name, fmt::format("{}", gpus)};
      for (const StudiedFile& file : files) row.push_back(times_text(speed_up(file.plays[p].networks[n], kComparisons[0])));
      for (const Comparison& pair : {kComparisons[0], kComparisons[1], kComparisons[2]}) {
        row.push_back(times_text(mean(
            speed_ups(files, pair, [&](int workers, const std::string& network) { return workers == gpus && network == name; }))));
      }
      table.rows.push_back(row);
    }
  }
  return table.text();
}

std::string means_text(const std::vector<StudiedFile>& files) {
  Table table;
  table.head = {"", "over", "published", "all 48 cases", "geometric mean", "32 GPUs, 10 GbE"};
  table.left = 2;
  const auto all = [](int, const std::string&) { return true; };
  for (const Comparison& pair : kComparisons) {
    const std::vector<double> cases = speed_ups(files, pair, all);
    SYNCLINE_CHECK(cases.size() == 48, "the head of the table says how many cases there are");
    table.rows.push_back({pair.fast, pair.slow, pair.published, times_text(mean(cases)), times_text(geometric_mean(cases)),
                          times_text(mean(speed_ups(files, pair, [](int workers, const std::string& network) {
                            return workers == kGpus && network == kNet;
                          })))});
  }
  return table.text();
}

}  // namespace

std::string study_table(const StudiedFile& file) {
  const auto play = std::ranges::find(file.plays, kGpus, &StudiedFile::Play::workers);
  SYNCLINE_CHECK(play != file.plays.end(), "the study is of 32 GPUs");
  const auto network = std::ranges::find(play->networks, kNet, &scenarios::NetworkResult::name);
  SYNCLINE_CHECK(network != play->networks.end(), "the study has 10 Gbit/s Ethernet");
  Table table;
  table.head = {"method", "step", "passes", "compress", "exposed", "idle", "sent/step", "speed-up"};
  for (const models::Outcome& outcome : network->outcomes) {
    const models::Breakdown& part = outcome.timeline.breakdown;
    table.rows.push_back({outcome.method, seconds_text(outcome.timeline.iteration), seconds_text(part.forward + part.backward + part.update),
                          seconds_text(part.compression), seconds_text(part.exposed), seconds_text(part.idle),
                          bytes_text(outcome.timeline.wire_bytes),
                          times_text(seconds_of(*network, "S-SGD") / outcome.timeline.iteration)});
  }
  return table.text();
}

std::string study_text(const std::vector<StudiedFile>& files) {
  std::string text;
  for (const StudiedFile& file : files) {
    text += fmt::format("## {}: 32 GPUs, 10 Gbit/s Ethernet\n\nCompute: {}.\n\n```text\n{}```\n\n", file.file, file.compute,
                        study_table(file));
  }
  text += fmt::format("## ACP-SGD's speed-up over S-SGD, and its means over Power-SGD\n\n```text\n{}```\n\n", cases_text(files));
  text += fmt::format("## Means beside the published\n\n```text\n{}```\n", means_text(files));
  return text;
}

}  // namespace syncline::tools
