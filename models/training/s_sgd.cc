// S-SGD: synchronous SGD, an all-reduce of every gradient in every step.
#include "models/training/method_rows.h"
#include "models/training/synchronous.h"

namespace syncline::models {
namespace {

class SSgd final : public Method {
 public:
  explicit SSgd(const Parameters& parameters) : parameters_(parameters) {}

  sim::Task<> train(Rank& w) const override {
    const std::vector<Bucket> buckets = buckets_of(w.dnn(), parameters_);
    const auto exchange = [&](const Bucket& bucket) {
      return w.all_reduce("all-reduce gradient", read(w.gradient(bucket)), w.mean_gradient(bucket), bucket.elements());
    };
    co_await synchronous_sgd(w, buckets, overlap_of(parameters_), exchange);
  }

  Payload payload(const Dnn& dnn) const override { return {4.0 * static_cast<double>(dnn.parameter_count()), 0}; }
  std::string trajectory_key() const override { return "s-sgd"; }  // buckets and overlap change no number

 private:
  Parameters parameters_;
};

}  // namespace

MethodRow s_sgd_row() {
  std::vector<ParameterRow> parameters = fusion_parameters("buckets");
  parameters.push_back(overlap_parameter());
  return {"s-sgd",
          "Synchronous SGD",
          "all-reduce of 4 N bytes a step, N parameters",
          "Li et al., PyTorch Distributed, VLDB 2020 (buckets); Shi et al., MG-WFBP, INFOCOM 2019 (WFBP)",
          "All ranks average their gradients in every step and take the same step.",
          parameters,
          [](const Parameters& p) -> std::unique_ptr<Method> { return std::make_unique<SSgd>(p); }};
}

}  // namespace syncline::models
