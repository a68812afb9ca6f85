// Sign-SGD: one bit per element. Majority vote (Bernstein et al., ICML 2018 and ICLR 2019), or error feedback
// (EF-SIGNSGD, Karimireddy et al., ICML 2019): sign times mean magnitude, what was lost is added to the next gradient.
#include "kernels/sign/sign.h"

#include "models/training/method_rows.h"
#include "models/training/schedulers/scheduler.h"

namespace syncline::models {
namespace {

class SignSgd final : public Method {
 public:
  explicit SignSgd(const Parameters& parameters)
      : scheduler_(scheduler_of(parameters)), feedback_(parameters.text("form") == "error-feedback") {}

  sim::Task<> train(Rank& w) const override {
    const std::vector<Bucket> buckets = co_await scheduler_->plan(w);
    std::vector<Wire> wires;
    for (const Bucket& bucket : buckets) wires.emplace_back(w, bucket);
    PerRank<float> error(w, feedback_ ? w.parameter_count() : 0);
    const Exchange exchange = [&](const Bucket& bucket) {
      Wire& wire = wires[static_cast<std::size_t>(bucket.index)];
      return feedback_ ? exchange_with_feedback(w, bucket, wire, error) : exchange_votes(w, bucket, wire);
    };
    co_await scheduler_->train(w, buckets, exchange);
  }

  Payload payload(const Dnn& dnn) const override {
    double bytes = 0;
    for (const Bucket& bucket : scheduler_->buckets(dnn)) {
      const std::int64_t n = bucket.elements();
      bytes += static_cast<double>(feedback_ ? kernels::scaled_sign_payload_bytes(n) : kernels::sign_payload_bytes(n));
    }
    return {0, bytes};
  }
  std::string trajectory_key() const override {
    if (!feedback_) return "sign-sgd,majority-vote";  // each element by itself, whatever the bucket
    return "sign-sgd,error-feedback," + scheduler_->buckets_key();
  }

 private:
  struct Wire {
    Wire(const Rank& w, const Bucket& bucket) : bits(w, kernels::sign_words(bucket.elements())), scale(w, 1) {}
    PerRank<std::uint32_t> bits;
    PerRank<float> scale;
  };

  static sim::Task<> exchange_votes(Rank& w, const Bucket& bucket, Wire& wire) {
    const std::int64_t n = bucket.elements();
    co_await w.compress("sign", kernels::sign_pack_cost(n), [&](const kernels::Device& device, int ranks) {
      kernels::sign_pack(device, ranks, n, read(w.gradient(bucket)), wire.bits.from(0));
    });
    const GatherMessage message{wire.bits.part()};
    co_await w.all_gather("all-gather signs", message);
    co_await w.compress("majority vote", kernels::majority_vote_cost(n, w.world_size()), [&](const kernels::Device& device, int) {
      kernels::majority_vote(device, w.world_size(), n, wire.bits.gathered(), w.mean_gradient(bucket));
    });
  }

  static sim::Task<> exchange_with_feedback(Rank& w, const Bucket& bucket, Wire& wire, PerRank<float>& error) {
    const std::int64_t n = bucket.elements();
    co_await w.compress("scaled sign", kernels::scaled_sign_encode_cost(n), [&](const kernels::Device& device, int ranks) {
      kernels::scaled_sign_encode(device, ranks, n, read(w.gradient(bucket)), error.from(bucket.begin), wire.bits.from(0),
                                  wire.scale.data());
    });
    const GatherMessage message{wire.bits.part(), wire.scale.part()};
    co_await w.all_gather("all-gather signs and scale", message);
    co_await w.compress("mean of signs", kernels::scaled_sign_mean_cost(n, w.world_size()),
                        [&](const kernels::Device& device, int) {
                          kernels::scaled_sign_mean(device, w.world_size(), n, wire.bits.gathered(), wire.scale.gathered().data,
                                                    w.mean_gradient(bucket));
                        });
  }

  std::unique_ptr<Scheduler> scheduler_;
  bool feedback_;
};

}  // namespace

MethodRow sign_sgd_row() {
  std::vector<ParameterRow> parameters = schedule_parameters("ddp", Schedulers::of_fixed_buckets);
  parameters.push_back({"form",
                        "majority-vote, or error-feedback (sign times mean magnitude)",
                        std::string("error-feedback"),
                        0,
                        0,
                        false,
                        {"majority-vote", "error-feedback"}});
  return {"sign-sgd",
          "Sign-SGD",
          "all-gather of N/8 bytes a step (error feedback: and 4 bytes a bucket), N parameters",
          "Bernstein et al., signSGD, ICML 2018; Karimireddy et al., Error Feedback Fixes SignSGD, ICML 2019",
          "Each rank sends the sign of every element of its gradient: one bit.",
          parameters,
          [](const Parameters& p) -> std::unique_ptr<Method> { return std::make_unique<SignSgd>(p); }};
}

}  // namespace syncline::models
