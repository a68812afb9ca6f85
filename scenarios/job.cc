#include <algorithm>
#include <map>
#include <set>

#include "scenarios/model.h"
#include "scenarios/sections.h"

namespace syncline::scenarios {
namespace {

std::size_t method_of(const Section& section, const Scenario& scenario) {
  const std::string& label = section.text("method");
  std::vector<std::string> known;
  for (std::size_t i = 0; i < scenario.methods.size(); ++i) {
    const models::MethodSetting& setting = scenario.methods[i];
    known.push_back(setting.label);
    if (setting.label != label) continue;
    if (setting.row->make(setting.parameters)->grows_batch()) {
      throw UserError(section.where("method"),
                      "the batch of '" + label + "' grows while it trains, so its steps have no one length");
    }
    return i;
  }
  throw UserError(section.where("method"), "there is no method labelled '" + label + "'" + suggestion(label, known));
}

models::PlacementRequest placement_of(const Section& section, const Scenario& scenario) {
  models::PlacementRequest request;
  request.name = section.text("name");
  if (!section.is_list("workers")) {
    request.count = static_cast<int>(section.whole("workers"));
    const std::string& how = section.text("placement");
    if (how == "spread") request.how = models::Placement::spread;
    if (how == "random") request.how = models::Placement::random;
    return request;
  }
  if (section.written("placement")) {
    throw UserError(section.where("placement"), "has no effect: it is read only where `workers` is a number");
  }
  for (const double number : section.numbers("workers")) {
    const int worker = static_cast<int>(number);
    if (worker >= scenario.workers) {
      throw UserError(section.where("workers"),
                      "there is no worker " + std::to_string(worker) + ": they are 0 to " + std::to_string(scenario.workers - 1));
    }
    request.listed.push_back(worker);
  }
  request.count = static_cast<int>(request.listed.size());
  return request;
}

/// Its own keys; each that it lacks, as [training] has it for the same model.
models::ComputeSetting compute_of(const DataFolders& folders, const Section& section, const JobSetting& job,
                                  const Scenario& scenario) {
  models::ComputeSetting setting = read_compute(folders, section);
  if (job.model != scenario.model) return setting;
  if (!setting.samples_per_second) {
    setting.samples_per_second = scenario.compute.samples_per_second;
    setting.rate_has_update = scenario.compute.rate_has_update;
    setting.rate_where = scenario.compute.rate_where;
  }
  if (!setting.profile) setting.profile = scenario.compute.profile;
  if (!setting.update) setting.update = scenario.compute.update;
  return setting;
}

JobSetting read_job(const DataFolders& folders, const toml::table& table, const std::string& path, const Scenario& scenario) {
  const Section section(table, section_format("job"), path);
  JobSetting job;
  job.name = section.text("name");
  job.name_where = section.where("name");
  job.method = method_of(section, scenario);
  job.model = section.has("model") ? section.text("model") : scenario.model;
  job.model_where = section.has("model") ? section.where("model") : scenario.model_where;
  job.batch = section.has("batch") ? static_cast<int>(section.whole("batch")) : scenario.batch;
  job.start = section.time("start");
  job.placed = placement_of(section, scenario);
  job.where = section.where("workers");
  job.compute = compute_of(folders, section, job, scenario);
  return job;
}

/// No name and no worker is two jobs'.
void check_apart(const std::vector<JobSetting>& jobs) {
  std::set<std::string> names;
  std::map<int, std::string> owners;
  for (const JobSetting& job : jobs) {
    if (!names.insert(job.name).second) {
      throw UserError(job.name_where, "a second job named '" + job.name + "'; give it another name");
    }
    for (const int worker : job.placed.listed) {
      const auto [owner, is_new] = owners.emplace(worker, job.name);
      if (is_new) continue;
      throw UserError(job.where, "worker " + std::to_string(worker) + " is of both '" + owner->second + "' and '" + job.name +
                                     "': jobs must not share workers");
    }
  }
}

}  // namespace

std::vector<JobSetting> read_jobs(const DataFolders& folders, const toml::table& root, const Scenario& scenario) {
  std::vector<JobSetting> jobs;
  int workers = 0;
  for (const toml::table* table : tables(root, section_format("job"), "job")) {
    jobs.push_back(read_job(folders, *table, "job[" + std::to_string(jobs.size()) + "]", scenario));
    check_apart(jobs);
    workers += jobs.back().placed.count;
    if (workers > scenario.workers) {
      throw UserError(jobs.back().where, "the jobs so far want " + std::to_string(workers) + " workers; [training] has " +
                                             std::to_string(scenario.workers));
    }
  }
  return jobs;
}

}  // namespace syncline::scenarios
