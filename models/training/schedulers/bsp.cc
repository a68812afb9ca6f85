// BSP: bulk-synchronous parallel. Backward, then one exchange of all gradients, then the update.
#include "models/training/schedulers/one_stream.h"
#include "models/training/schedulers/rows.h"

namespace syncline::models {
namespace {

class Bsp final : public Scheduler {
 public:
  std::vector<Bucket> buckets(const Dnn& dnn, const WireSize&) const override { return single_bucket(dnn); }
  sim::Task<> train(Rank& w, const std::vector<Bucket>& buckets, const Exchange& exchange) const override {
    return train_in_order(w, buckets, Start::after_backward, exchange);
  }
  std::string buckets_key() const override { return "all"; }
};

}  // namespace

SchedulerRow bsp_row() {
  return {"bsp",
          "Bulk-synchronous, fused",
          "Valiant, A Bridging Model for Parallel Computation, CACM 1990; the name as in Shi et al., MG-WFBP, INFOCOM 2019",
          "all gradients in one exchange after backward",
          false,
          true,
          {},
          [](const Parameters&) -> std::unique_ptr<Scheduler> { return std::make_unique<Bsp>(); }};
}

}  // namespace syncline::models
