// What `syncline collective` asks and prints: one operation on one network, by some algorithms, over sizes.
#pragma once

#include <string>
#include <vector>

#include "models/training/timeline.h"
#include "network/collective_timing.h"

namespace syncline::tools {

struct CollectiveStudy {
  models::NetworkProfile profile;
  network::Operation operation = network::Operation::all_reduce;
  Bytes size;                           // of the buffer, as nccl-tests count it
  std::vector<std::string> algorithms;  // rows' names, all of `operation`, or network::auto_name() of it
  network::Roles roles;                 // of those that have such
  std::vector<Bytes> sweep;             // sizes of the second table; none: no such table
  network::Reckoning wanted = network::Reckoning::collapsed;
};

struct CollectiveStudyResult {
  std::vector<network::CollectiveTime> at_size;             // [algorithm]
  std::vector<std::vector<network::CollectiveTime>> sweep;  // [size][algorithm]
};

CollectiveStudyResult run_study(const CollectiveStudy& study);

std::string report_text(const CollectiveStudy& study, const CollectiveStudyResult& result);
std::string json_text(const CollectiveStudy& study, const CollectiveStudyResult& result);

}  // namespace syncline::tools
