// What most schedulers share: buckets leave in the order in which backward makes them, all weights are updated when the last has
// come, and the next step begins after that.
#pragma once

#include "models/training/schedulers/scheduler.h"

namespace syncline::models {

enum class Start { after_backward, when_ready };

/// The training loop.
sim::Task<> train_in_order(Rank& w, const std::vector<Bucket>& buckets, Start start, const Exchange& exchange);

}  // namespace syncline::models
