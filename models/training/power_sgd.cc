// Power-SGD (Vogels, Karimireddy, Jaggi, NeurIPS 2019), algorithm 1: one step of power iteration a step, warm start; error
// feedback as in algorithm 2.
#include "models/training/low_rank_layout.h"
#include "models/training/method_rows.h"
#include "models/training/synchronous.h"

namespace syncline::models {
namespace {

class PowerSgd final : public Method {
 public:
  explicit PowerSgd(const Parameters& parameters) : parameters_(parameters), rank_(parameters.whole("rank")) {}

  sim::Task<> train(Rank& w) const override {
    const std::vector<Bucket> buckets = buckets_of(w.dnn(), parameters_);
    std::vector<State> states;
    for (const Bucket& bucket : buckets) states.emplace_back(w, bucket, rank_);
    PerRank<float> error(w, w.parameter_count());
    const auto exchange = [&](const Bucket& bucket) {
      return power_iteration(w, bucket, states[static_cast<std::size_t>(bucket.index)], error.from(bucket.begin));
    };
    co_await synchronous_sgd(w, buckets, Overlap::none, exchange);
  }

  Payload payload(const Dnn& dnn) const override {
    double elements = 0;
    for (const Bucket& bucket : buckets_of(dnn, parameters_)) {
      const LowRankLayout layout(bucket, rank_);
      elements += static_cast<double>(layout.p_elements + layout.q_elements + layout.plain_elements);
    }
    return {4 * elements, 0};
  }
  std::string trajectory_key() const override { return "power-sgd,rank=" + std::to_string(rank_); }  // buckets change no number

 private:
  /// Factors of one bucket. P's message carries the plain tensors behind the factors.
  struct State {
    State(const Rank& w, const Bucket& bucket, int rank)
        : layout(bucket, rank),
          costs(costs_of(layout, bucket.elements())),
          my_p(w, layout.p_elements + layout.plain_elements),
          p(w, my_p.elements()),
          my_q(w, layout.q_elements),
          q(w, layout.q_elements) {
      fill_normal(w, bucket, layout, q);
    }
    LowRankLayout layout;
    LowRankCosts costs;
    PerRank<float> my_p;
    Common<float> p;  // mean over ranks
    PerRank<float> my_q;
    Common<float> q;  // mean over ranks: the next step's start
  };

  /// With M the gradient plus the error, P = M Q, all-reduce, P <- orth(P), Q = M^T P, all-reduce, E = M - P Q^T.
  static sim::Task<> power_iteration(Rank& w, const Bucket& bucket, State& s, kernels::Strided<float> m) {
    co_await w.compress("P = M Q", s.costs.feedback + s.costs.left, [&](const kernels::Device& device, int ranks) {
      add_feedback(device, ranks, s.layout, read(w.gradient(bucket)), m, s.my_p);
      for (const LowRankTensor& t : s.layout.matrices) {
        kernels::low_rank_left(device, ranks, t.shape, at(m, t.begin), s.q.shared(t.q_begin), s.my_p.from(t.p_begin));
      }
    });
    co_await w.all_reduce("all-reduce P", s.my_p.read(), s.p.from(0), s.p.elements());
    co_await w.compress("Q = M^T P", s.costs.orthogonalize_p + s.costs.right, [&](const kernels::Device& device, int ranks) {
      for (const LowRankTensor& t : s.layout.matrices) {
        kernels::orthogonalize(device, 1, t.shape.rows, t.shape.rank, s.p.shared_from(t.p_begin));
        kernels::low_rank_right(device, ranks, t.shape, at(m, t.begin), s.p.shared(t.p_begin), s.my_q.from(t.q_begin));
      }
    });
    co_await w.all_reduce("all-reduce Q", s.my_q.read(), s.q.from(0), s.q.elements());
    co_await w.compress("P Q^T", s.costs.product + s.costs.error, [&](const kernels::Device& device, int ranks) {
      for (const LowRankTensor& t : s.layout.matrices) {
        kernels::low_rank_error(device, ranks, t.shape, at(m, t.begin), s.p.shared(t.p_begin), s.q.shared(t.q_begin),
                                {m.data + t.begin, m.stride});
      }
      decode(device, s.layout, s.p, s.q, s.p, w.mean_gradient(bucket));
    });
  }

  Parameters parameters_;
  int rank_;
};

}  // namespace

MethodRow power_sgd_row() {
  std::vector<ParameterRow> parameters = fusion_parameters("all");
  parameters.push_back({"rank", "rank of the factors", 4.0, 1, 1024, true, {}});
  return {"power-sgd",
          "Power-SGD",
          "two all-reduces, of 4 (r sum(rows) + plain) and of 4 r sum(cols) bytes a step, rank r",
          "Vogels, Karimireddy, Jaggi, PowerSGD, NeurIPS 2019",
          "Matrices travel as two low-rank factors, found by one power iteration from the last step's; after backward.",
          parameters,
          [](const Parameters& p) -> std::unique_ptr<Method> { return std::make_unique<PowerSgd>(p); }};
}

}  // namespace syncline::models
