#include "scenarios/run_jobs.h"

#include "models/placement.h"
#include "scenarios/located.h"

namespace syncline::scenarios {

JobsRun::JobsRun(const Scenario& scenario, const models::Dataset& data) : scenario_(scenario) {
  for (const JobSetting& job : scenario.jobs) {
    const models::MethodSetting& setting = scenario.methods[job.method];
    methods_.push_back(setting.row->make(setting.parameters));
    if (dnns_.count(job.model) == 1) continue;
    const models::ModelRow& row = models::model(job.model);
    models::InputShape input = row.standard;
    if (scenario.train && row.trains) input = {data.channels, data.height, data.width, data.classes};
    if (scenario.tokens > 0 && row.standard.tokens > 0) input.tokens = scenario.tokens;
    located(job.model_where, [&] { dnns_.emplace(job.model, row.make(input)); });
  }
}

std::vector<models::Job> JobsRun::placed_on(const models::NetworkProfile& network) const {
  std::vector<models::PlacementRequest> requests;
  for (const JobSetting& job : scenario_.jobs) requests.push_back(job.placed);
  std::vector<std::vector<int>> workers = models::place(requests, network.cluster, scenario_.seed);
  std::vector<models::Job> jobs;
  for (std::size_t j = 0; j < scenario_.jobs.size(); ++j) {
    const JobSetting& job = scenario_.jobs[j];
    jobs.push_back({job.name, &dnns_.at(job.model), methods_[j].get(), job.batch, job.start, std::move(workers[j]), job.where});
  }
  return jobs;
}

void JobsRun::check(const models::NetworkProfile& network) const {
  located(network.where, [&] { models::check_lengths(scenario_.gpu, placed_on(network), network); });
}

models::JobsTimeline JobsRun::play(const models::NetworkProfile& network) const {
  return located(network.where, [&] { return models::play_together(scenario_.gpu, placed_on(network), network); });
}

}  // namespace syncline::scenarios
