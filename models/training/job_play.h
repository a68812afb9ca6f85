// One simulation of some jobs on one network: each with its own ranks and communicator, all with the same links.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "models/training/jobs.h"
#include "network/best_links.h"
#include "network/changing_links.h"
#include "network/communicator.h"
#include "network/flow_network.h"
#include "sim/simulator.h"

namespace syncline::models {

/// The network as it is for some of its workers only: they, their machines and speeds; with all of its links.
NetworkProfile profile_of(const NetworkProfile& network, std::span<const int> workers);

class JobPlay {
 public:
  struct Member {
    NetworkProfile network;  // with this job's workers only
    std::unique_ptr<network::Communicator> communicator;
    bool calls_overlap = false;
    std::unique_ptr<network::BestLinks> best;           // where links change
    std::map<double, WorkerTimes> times;                // [speed]
    std::vector<std::unique_ptr<SimulatedRank>> ranks;  // [rank]
    /// In which nobody can make these calls, whatever links do.
    double least_seconds(std::span<const network::CollectiveCall> calls) const {
      if (calls_overlap) return best ? best->least_link_seconds(calls) : communicator->least_link_seconds(calls);
      return best ? best->least_seconds(calls) : communicator->least_seconds(calls);
    }
  };

  /// Of endless jobs. All must outlive this.
  JobPlay(const DeviceProfile& device, std::span<const Job> jobs, const NetworkProfile& network);
  ~JobPlay();
  JobPlay(const JobPlay&) = delete;
  JobPlay& operator=(const JobPlay&) = delete;

  void run_until(Time end) { simulator_->run_until(end); }
  Time now() const { return simulator_->now(); }

  const std::vector<std::unique_ptr<Member>>& members() const { return members_; }  // [job]

 private:
  void add(const DeviceProfile& device, const Job& job, const NetworkProfile& network);

  std::unique_ptr<sim::Simulator> simulator_;
  network::FlowNetwork flows_;
  std::optional<network::LinkChanger> changer_;  // where links change
  std::vector<std::unique_ptr<Member>> members_;
};

/// Of a job's steps from `first` up to `last`, mean over them and its workers. InternalError where they beat their physical bound.
Timeline measure(const JobPlay::Member& member, const Job& job, std::int64_t first, std::int64_t last);

}  // namespace syncline::models
