// K-AVG (Zhou and Cong, IJCAI 2018): K local steps, then averaging of the parameters.
#include <algorithm>

#include "models/training/method_rows.h"

namespace syncline::models {
namespace {

class KAvg final : public Method {
 public:
  explicit KAvg(const Parameters& parameters)
      : k_(parameters.whole("k")),
        stage_steps_(parameters.text("step_size") == "diminishing" ? std::int64_t{k_} * parameters.whole("stage_rounds") : 0),
        key_("k-avg," + text_of(parameters)) {}

  sim::Task<> train(Rank& w) const override {
    const std::vector<Bucket> whole = single_bucket(w.dnn());
    while (w.next_step()) {
      const int stage = stage_of(w.step());
      w.scale_batch(std::min(stage, kLargestBatchFactor));
      co_await w.forward();
      for (const Bucket& bucket : whole) co_await w.backward(bucket);
      co_await w.local_update(1.0 / stage);
      if ((w.step() + 1) % k_ == 0) co_await w.average_weights();
    }
  }

  Payload payload(const Dnn& dnn) const override { return {4.0 * static_cast<double>(dnn.parameter_count()) / k_, 0}; }
  int period() const override { return k_; }
  bool local_weights() const override { return true; }
  bool grows_batch() const override { return stage_steps_ != 0; }
  std::string trajectory_key() const override { return key_; }

 private:
  /// 1, 2, 3, ...: in stage j the step size is 1/j and the batch j times the scenario's, up to kLargestBatchFactor, so that the
  /// step sizes' sum diverges while the sum of (step size)^2 / batch converges (Zhou and Cong, section 3, diminishing step size).
  int stage_of(std::int64_t step) const { return stage_steps_ == 0 ? 1 : static_cast<int>(step / stage_steps_ + 1); }

  int k_;
  std::int64_t stage_steps_;  // 0: fixed step size
  std::string key_;
};

}  // namespace

MethodRow k_avg_row() {
  return {"k-avg",
          "K-step averaging, or local SGD",
          "all-reduce of 4 N bytes every K steps, N parameters",
          "Zhou and Cong, On the Convergence Properties of a K-step Averaging Stochastic Gradient Descent Algorithm for "
          "Nonconvex Optimization, IJCAI 2018; Stich, Local SGD Converges Fast and Communicates Little, ICLR 2019",
          "Each rank takes K steps of its own, then all average their parameters: local SGD. K = 1 is parallel SGD.",
          {{"k", "local steps between two averagings", 4.0, 1, 1e6, true, {}},
           {"step_size",
            "fixed, or diminishing (1/j in stage j) with the batch growing j-fold, 16-fold at most",
            std::string("fixed"),
            0,
            0,
            false,
            {"fixed", "diminishing"}},
           {"stage_rounds",
            "averagings in a stage, where the step size diminishes",
            50.0,
            2,
            1e6,
            true,
            {},
            "step_size",
            "diminishing"}},
          [](const Parameters& p) -> std::unique_ptr<Method> { return std::make_unique<KAvg>(p); }};
}

}  // namespace syncline::models
