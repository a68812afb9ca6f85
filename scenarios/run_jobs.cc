#include "scenarios/run_jobs.h"

#include "models/placement.h"
#include "scenarios/located.h"
#include "scenarios/model.h"

namespace syncline::scenarios {

JobsRun::JobsRun(const Scenario& scenario, const models::Dataset& data) : scenario_(scenario) {
  for (const JobSetting& job : scenario.jobs) {
    const models::MethodSetting& setting = scenario.methods[job.method];
    methods_.push_back(setting.row->make(setting.parameters));
    if (dnns_.count(job.model) == 0) dnns_.emplace(job.model, make_model(scenario, job.model, job.model_where, data));
    times_.push_back(models::compute_times(dnns_.at(job.model), scenario.gpu, job.batch, job.compute));
  }
}

std::vector<models::Job> JobsRun::placed_on(const models::NetworkProfile& network) const {
  std::vector<models::PlacementRequest> requests;
  for (const JobSetting& job : scenario_.jobs) requests.push_back(job.placed);
  std::vector<std::vector<int>> workers = models::place(requests, network.cluster, scenario_.seed);
  std::vector<models::Job> jobs;
  for (std::size_t j = 0; j < scenario_.jobs.size(); ++j) {
    const JobSetting& job = scenario_.jobs[j];
    jobs.push_back({job.name, &dnns_.at(job.model), methods_[j].get(), job.batch, job.start, std::move(workers[j]), job.where,
                    job.compute.any() ? &times_[j] : nullptr});
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
