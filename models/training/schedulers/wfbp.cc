// WFBP: wait-free backpropagation. Each tensor's exchange starts as soon as backward has made its gradient.
#include "models/training/schedulers/one_stream.h"
#include "models/training/schedulers/rows.h"

namespace syncline::models {
namespace {

class Wfbp final : public Scheduler {
 public:
  std::vector<Bucket> buckets(const Dnn& dnn, const WireSize&) const override { return bucket_per_tensor(dnn); }
  sim::Task<> train(Rank& w, const std::vector<Bucket>& buckets, const Exchange& exchange) const override {
    return train_in_order(w, buckets, Start::when_ready, exchange);
  }
};

}  // namespace

SchedulerRow wfbp_row() {
  return {"wfbp",
          "Wait-free backpropagation",
          "Zhang et al., Poseidon, USENIX ATC 2017; Awan et al., S-Caffe, PPoPP 2017",
          "an exchange for every tensor, as soon as backward has made it",
          true,
          true,
          {},
          [](const Parameters&) -> std::unique_ptr<Scheduler> { return std::make_unique<Wfbp>(); }};
}

}  // namespace syncline::models
