// S-SGD: synchronous SGD, an all-reduce of every gradient in every step; in 16 bits where asked for, as PyTorch's
// fp16_compress_hook and bf16_compress_hook do it (torch/distributed/algorithms/ddp_comm_hooks/default_hooks.py).
#include "kernels/narrow/narrow.h"

#include "models/training/method_rows.h"
#include "models/training/schedulers/scheduler.h"

namespace syncline::models {
namespace {

class SSgd final : public Method {
 public:
  explicit SSgd(const Parameters& parameters) : scheduler_(scheduler_of(parameters)), wire_(parameters.text("wire")) {}

  sim::Task<> train(Rank& w) const override {
    const std::vector<Bucket> buckets = co_await scheduler_->plan(w);
    const Exchange exchange = [&](const Bucket& bucket) { return is_narrow() ? narrow(w, bucket) : whole(w, bucket); };
    co_await scheduler_->train(w, buckets, exchange);
  }

  Payload payload(const Dnn& dnn) const override {
    return {(is_narrow() ? 2.0 : 4.0) * static_cast<double>(dnn.parameter_count()), 0};
  }
  bool push_pull() const override { return scheduler_->push_pull(); }
  std::string trajectory_key() const override {  // schedules change no number
    return is_narrow() ? "s-sgd," + wire_ : "s-sgd";
  }

 private:
  bool is_narrow() const { return wire_ != "fp32"; }

  sim::Task<> whole(Rank& w, const Bucket& bucket) const {
    const kernels::Strided<const float> gradient = read(w.gradient(bucket));
    return scheduler_->push_pull() ? w.push_pull("push and pull gradient", gradient, w.mean_gradient(bucket), bucket.elements())
                                   : w.all_reduce("all-reduce gradient", gradient, w.mean_gradient(bucket), bucket.elements());
  }

  sim::Task<> narrow(Rank& w, const Bucket& bucket) const {
    const kernels::Narrow format = wire_ == "fp16" ? kernels::Narrow::fp16 : kernels::Narrow::bf16;
    const std::int64_t n = bucket.elements();
    const kernels::Strided<float> gradient = w.gradient(bucket);
    float* mean = w.mean_gradient(bucket);
    // The hooks divide by the number of ranks before halves are summed, in a kernel of its own.
    const kernels::KernelCost encode = kernels::narrow_cost(n) + kernels::narrow_scale_cost(n);
    co_await w.compress("to 16 bits", encode, [&](const kernels::Device& device, int ranks) {
      kernels::round_narrow(device, ranks, n, format, read(gradient), gradient);
    });
    if (scheduler_->push_pull()) {
      co_await w.push_pull_16("push and pull halves", read(gradient), mean, n);
    } else {
      co_await w.all_reduce_16("all-reduce halves", read(gradient), mean, n);
    }
    co_await w.compress("from 16 bits", kernels::narrow_cost(n), [&](const kernels::Device& device, int) {
      kernels::round_narrow(device, 1, n, format, {mean, 0}, {mean, 0});
    });
  }

  std::unique_ptr<Scheduler> scheduler_;
  std::string wire_;
};

}  // namespace

MethodRow s_sgd_row() {
  std::vector<ParameterRow> parameters = schedule_parameters("ddp", Schedulers::all);
  parameters.push_back({"wire",
                        "what a gradient's element travels as; 16 bits are rounded to, and cast to and from at a cost",
                        std::string("fp32"),
                        0,
                        0,
                        false,
                        {"fp32", "fp16", "bf16"}});
  return {"s-sgd",
          "Synchronous SGD",
          "all-reduce of 4 N bytes a step, N parameters; 2 N in 16 bits",
          "Li et al., PyTorch Distributed, VLDB 2020; Shi et al., MG-WFBP, INFOCOM 2019",
          "All ranks average their gradients in every step and take the same step.",
          parameters,
          [](const Parameters& p) -> std::unique_ptr<Method> { return std::make_unique<SSgd>(p); }};
}

}  // namespace syncline::models
