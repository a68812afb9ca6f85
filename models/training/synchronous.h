// The loop that the synchronous methods share: gradients are exchanged bucket by bucket, then all ranks take the same step.
#pragma once

#include <utility>
#include <vector>

#include "models/training/method.h"

namespace syncline::models {

/// When buckets are exchanged: during backward (wait-free backpropagation, WFBP) or after it (BSP).
enum class Overlap { none, backward };

/// `exchange(bucket)` turns the ranks' gradients of a bucket into their mean. Started in bucket order.
template <class Exchange>
sim::Task<> synchronous_sgd(Rank& w, const std::vector<Bucket>& buckets, Overlap overlap, const Exchange& exchange) {
  while (w.next_step()) {
    std::vector<sim::Process> exchanges;
    co_await w.forward();
    for (const Bucket& bucket : buckets) {
      co_await w.backward(bucket);
      if (overlap == Overlap::backward) exchanges.push_back(w.spawn(exchange(bucket)));
    }
    if (overlap == Overlap::none) {
      for (const Bucket& bucket : buckets) exchanges.push_back(w.spawn(exchange(bucket)));
    }
    co_await sim::all_of(std::move(exchanges));
    co_await w.update();
  }
}

/// The parameters that say which gradients travel together: "fusion", "first_bucket", "bucket".
std::vector<ParameterRow> fusion_parameters(const std::string& standard);
std::vector<Bucket> buckets_of(const Dnn& dnn, const Parameters& parameters);
ParameterRow overlap_parameter();
Overlap overlap_of(const Parameters& parameters);
/// All parameters as "name=value,...", for trajectory keys.
std::string text_of(const Parameters& parameters);

}  // namespace syncline::models
