#include "tools/jobs_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/units_text.h"
#include "tools/quantities.h"
#include "tools/table.h"

namespace syncline::tools {
namespace {

using models::JobResult;
using models::SharedLink;

std::string table_text(const scenarios::Scenario& scenario, const models::JobsTimeline& jobs) {
  Table table;
  table.left = 3;
  table.head = {"jobs together", "method",           "workers",    "step alone",    "step together", "slowdown",
                "exposed alone", "exposed together", "idle alone", "idle together", "sent/step"};
  for (std::size_t j = 0; j < jobs.jobs.size(); ++j) {
    const JobResult& job = jobs.jobs[j];
    const scenarios::JobSetting& setting = scenario.jobs[j];
    const models::Breakdown &alone = job.alone.breakdown, &together = job.together.breakdown;
    table.rows.push_back({job.name, scenario.methods[setting.method].label,
                          workers_text(job.workers) + ", " + placement_text(setting.placed), seconds_text(job.alone.iteration),
                          seconds_text(job.together.iteration), factor_text(job.slowdown), seconds_text(alone.exposed),
                          seconds_text(together.exposed), seconds_text(alone.idle), seconds_text(together.idle),
                          bytes_text(job.together.wire_bytes)});
  }
  return table.text();
}

/// "link a>b, which is busy 97.0 % of the time: 48.5 % for a, 48.5 % for b"
std::string link_text(const models::JobsTimeline& jobs, const SharedLink& link) {
  std::string text = fmt::format("{}, which is busy {} of the time", link.name, percent_text(link.utilisation));
  for (const SharedLink::User& user : link.users) {
    text +=
        fmt::format("{} {} for {}", &user == &link.users.front() ? ":" : ",", percent_text(user.part), jobs.jobs[user.job].name);
  }
  return text;
}

}  // namespace

std::string placement_text(const models::PlacementRequest& request) {
  if (!request.listed.empty()) return "as listed";
  if (request.how == models::Placement::spread) return "spread";
  return request.how == models::Placement::random ? "random" : "packed";
}

std::string jobs_advice(const models::JobsTimeline& jobs) {
  if (jobs.jobs.empty()) return "";
  const JobResult& worst = *std::ranges::max_element(jobs.jobs, {}, &JobResult::slowdown);
  if (jobs.shared.empty()) return "No link is shared: the jobs do not slow one another.";
  if (worst.slowdown < 1.0005) return "The jobs share links, but do not slow one another.";
  std::string text = fmt::format("{} suffers most: its step takes {} instead of {}", worst.name,
                                 seconds_text(worst.together.iteration), seconds_text(worst.alone.iteration));
  if (worst.suffers) {
    text += fmt::format(". The busiest link that it shares is {}",
                        link_text(jobs, jobs.shared[static_cast<std::size_t>(*worst.suffers)]));
  }
  return text + ".";
}

std::string workers_text(const std::vector<int>& workers) {
  std::string text;
  for (std::size_t begin = 0, end = 0; begin < workers.size(); begin = end) {
    for (end = begin + 1; end < workers.size() && workers[end] == workers[end - 1] + 1;) ++end;
    if (end == begin + 2) --end;  // two are no range
    text += fmt::format("{}{}", begin == 0 ? "" : ", ", workers[begin]);
    if (end > begin + 1) text += fmt::format(" to {}", workers[end - 1]);
  }
  return text;
}

std::string jobs_text(const scenarios::Scenario& scenario) {
  std::string text;
  for (const scenarios::JobSetting& job : scenario.jobs) {
    const models::PlacementRequest& placed = job.placed;
    text += fmt::format("  job       {}: {}, {} by {}, {} samples per worker and step", job.name,
                        placed.listed.empty() ? fmt::format("{} workers, {}", placed.count, placement_text(placed))
                                              : "workers " + workers_text(placed.listed),
                        job.model, scenario.methods[job.method].label, job.batch);
    text += job.start > Time::zero() ? ", from " + to_text(job.start) + " on\n" : "\n";
  }
  return text;
}

std::string jobs_legend(const scenarios::Scenario& scenario) {
  if (scenario.jobs.empty()) return "";
  return fmt::format(
      "jobs together: all on the network at once, over at least {} steps of each; alone: each over the same steps, by itself.\n",
      models::kJobMeasuredSteps);
}

std::string jobs_report(const scenarios::Scenario& scenario, const scenarios::NetworkResult& network) {
  if (network.jobs.jobs.empty()) return "";
  return table_text(scenario, network.jobs) + jobs_advice(network.jobs) + "\n";
}

}  // namespace syncline::tools
