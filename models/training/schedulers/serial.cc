// Serial: BSP with an exchange for every tensor, one after the other.
#include "models/training/schedulers/one_stream.h"
#include "models/training/schedulers/rows.h"

namespace syncline::models {
namespace {

class Serial final : public Scheduler {
 public:
  std::vector<Bucket> buckets(const Dnn& dnn, const WireSize&) const override { return bucket_per_tensor(dnn); }
  sim::Task<> train(Rank& w, const std::vector<Bucket>& buckets, const Exchange& exchange) const override {
    return train_in_order(w, buckets, Start::after_backward, exchange);
  }
};

}  // namespace

SchedulerRow serial_row() {
  return {"serial",
          "Bulk-synchronous, tensor by tensor",
          "Shi et al., MG-WFBP, INFOCOM 2019, figure 1 (naive S-SGD)",
          "an exchange for every tensor, after backward",
          false,
          true,
          {},
          [](const Parameters&) -> std::unique_ptr<Scheduler> { return std::make_unique<Serial>(); }};
}

}  // namespace syncline::models
