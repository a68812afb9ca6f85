// S-SGD: synchronous SGD, an all-reduce of every gradient in every step.
#include "models/training/method_rows.h"
#include "models/training/schedulers/scheduler.h"

namespace syncline::models {
namespace {

class SSgd final : public Method {
 public:
  explicit SSgd(const Parameters& parameters) : scheduler_(scheduler_of(parameters)) {}

  sim::Task<> train(Rank& w) const override {
    const std::vector<Bucket> buckets = co_await scheduler_->plan(w);
    const Exchange exchange = [&](const Bucket& bucket) {
      const kernels::Strided<const float> gradient = read(w.gradient(bucket));
      return scheduler_->push_pull()
                 ? w.push_pull("push and pull gradient", gradient, w.mean_gradient(bucket), bucket.elements())
                 : w.all_reduce("all-reduce gradient", gradient, w.mean_gradient(bucket), bucket.elements());
    };
    co_await scheduler_->train(w, buckets, exchange);
  }

  Payload payload(const Dnn& dnn) const override { return {4.0 * static_cast<double>(dnn.parameter_count()), 0}; }
  bool push_pull() const override { return scheduler_->push_pull(); }
  std::string trajectory_key() const override { return "s-sgd"; }  // schedules change no number

 private:
  std::unique_ptr<Scheduler> scheduler_;
};

}  // namespace

MethodRow s_sgd_row() {
  return {"s-sgd",
          "Synchronous SGD",
          "all-reduce of 4 N bytes a step, N parameters",
          "Li et al., PyTorch Distributed, VLDB 2020; Shi et al., MG-WFBP, INFOCOM 2019",
          "All ranks average their gradients in every step and take the same step.",
          schedule_parameters("ddp", Schedulers::all),
          [](const Parameters& p) -> std::unique_ptr<Method> { return std::make_unique<SSgd>(p); }};
}

}  // namespace syncline::models
