// The jobs of a scenario that run at once, made ready and played.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "models/data/dataset.h"
#include "models/dnn/dnn.h"
#include "models/training/jobs.h"
#include "scenarios/scenario.h"

namespace syncline::scenarios {

class JobsRun {
 public:
  /// Models are built for the data where the scenario trains and they can be trained, else for samples of their own kind.
  /// The scenario must outlive this. UserError where a job's model cannot take the data.
  JobsRun(const Scenario& scenario, const models::Dataset& data);

  /// UserError as play() would give it.
  void check(const models::NetworkProfile& network) const;
  models::JobsTimeline play(const models::NetworkProfile& network) const;

 private:
  std::vector<models::Job> placed_on(const models::NetworkProfile& network) const;

  const Scenario& scenario_;
  std::map<std::string, models::Dnn> dnns_;               // [model]
  std::vector<models::ComputeTimes> times_;               // [job]
  std::vector<std::unique_ptr<models::Method>> methods_;  // [job]
};

}  // namespace syncline::scenarios
