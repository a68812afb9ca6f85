// Several training jobs at once on one network, whose links they share: how much do they slow one another?
//
// All jobs are played together, flow by flow, in one simulation, and none ends before each has been measured. Once every job has
// made its warm-up steps, measuring begins, and it goes on until each has made its measured ones; a job is measured over all whole
// steps (whole periods of its method) that it makes in that time. Then each job is played by itself, on the same network, from
// the same start, and measured over the same steps. So a job that meets no other has the same times, to the picosecond.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "models/training/method.h"
#include "models/training/timeline.h"

namespace syncline::models {

constexpr std::int64_t kJobWarmUpSteps = 5;
constexpr std::int64_t kJobMeasuredSteps = 20;  // at least; rounded up to whole periods of the method
constexpr std::int64_t kMostJobSteps = 5000;    // of one job while the longest steps are measured

struct Job {
  std::string name;
  const Dnn* dnn = nullptr;
  const Method* method = nullptr;  // whose batch does not grow
  int batch = 1;
  Time start;                           // its first step begins
  std::vector<int> workers;             // of the cluster; ranks are in this order. No worker has two jobs
  Location where;                       // for errors about it
  const ComputeTimes* times = nullptr;  // of its layers at its batch; null: by the device's roofline
};

struct JobResult {
  std::string name;
  std::vector<int> workers;
  Timeline alone, together;    // means over the job's workers and the same steps
  double slowdown = 1;         // together.iteration / alone.iteration
  std::optional<int> suffers;  // index in JobsTimeline::shared of the busiest link that it shares; none where it shares none
};

/// A link that several jobs use.
struct SharedLink {
  struct User {
    std::size_t job = 0;
    double part = 0;  // of the link's time that this job's bytes take, while all run
  };
  std::string name;
  double utilisation = 0;  // 0 to 1: the parts together; where links change, of what is described
  std::vector<User> users;
};

struct JobsTimeline {
  std::vector<JobResult> jobs;     // as given
  std::vector<SharedLink> shared;  // the busiest first
};

/// UserError at a job where another is so much faster that it would make more than kMostJobSteps steps until this one is measured.
void check_lengths(const DeviceProfile& device, std::span<const Job> jobs, const NetworkProfile& network);

/// Checks and plays them. InternalError if an answer beats its physical bound.
JobsTimeline play_together(const DeviceProfile& device, std::span<const Job> jobs, const NetworkProfile& network);

}  // namespace syncline::models
