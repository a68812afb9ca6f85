// ACP-SGD (Zhang et al., ICDCS 2023): alternately compressed Power-SGD. One factor a step, one all-reduce a step.
#include "models/training/low_rank_layout.h"
#include "models/training/method_rows.h"
#include "models/training/schedulers/scheduler.h"

namespace syncline::models {
namespace {

class AcpSgd final : public Method {
 public:
  explicit AcpSgd(const Parameters& parameters)
      : scheduler_(scheduler_of(parameters)), rank_(parameters.whole("rank")), kernels_(low_rank_kernels(parameters)) {}

  sim::Task<> train(Rank& w) const override {
    const std::vector<Bucket> buckets = scheduler_->buckets(w.dnn(), size_of_factors(w.dnn()));
    std::vector<State> states;
    for (const Bucket& bucket : buckets) states.emplace_back(w, bucket, rank_, kernels_);
    PerRank<float> error(w, w.parameter_count());
    const Exchange exchange = [&](const Bucket& bucket) {
      State& state = states[static_cast<std::size_t>(bucket.index)];
      const bool odd = w.step() % 2 == 0;  // the paper counts steps from 1
      return odd ? exchange_p(w, bucket, state, error.from(bucket.begin))
                 : exchange_q(w, bucket, state, error.from(bucket.begin));
    };
    co_await scheduler_->train(w, buckets, exchange);
  }

  Payload payload(const Dnn& dnn) const override {
    double bytes = 0;
    for (const TensorPlace& tensor : tensor_places(dnn)) bytes += alternating_bytes(tensor, rank_);
    return {bytes, 0};
  }
  int period() const override { return 2; }
  std::string trajectory_key() const override { return "acp-sgd,rank=" + std::to_string(rank_); }  // buckets change no number

 private:
  /// Factors of one bucket, equal on all ranks between steps. A message is one factor of all matrices, then the plain tensors.
  struct State {
    State(const Rank& w, const Bucket& bucket, int rank, LowRankKernels how)
        : layout(bucket, rank),
          parts(parts_of(w, layout)),
          costs(costs_of(layout, bucket.elements(), how)),
          my_p(w, layout.p_elements + layout.plain_elements),
          p(w, my_p.elements()),
          my_q(w, layout.q_elements + layout.plain_elements),
          q(w, my_q.elements()) {
      fill_normal(w, bucket, layout, q);
    }
    LowRankLayout layout;
    std::optional<LowRankParts> parts;
    LowRankCosts costs;
    PerRank<float> my_p;
    Common<float> p;  // mean over ranks
    PerRank<float> my_q;
    Common<float> q;  // mean over ranks
  };

  /// Limits of buckets are scaled by the compression ratio, and count bytes of factors (section IV-C).
  WireSize size_of_factors(const Dnn& dnn) const {
    double compressed = 0;
    for (const TensorPlace& tensor : tensor_places(dnn)) compressed += alternating_bytes(tensor, rank_);
    const double ratio = compressed / (4.0 * static_cast<double>(dnn.parameter_count()));
    return {[rank = rank_](const TensorPlace& tensor) { return alternating_bytes(tensor, rank); }, ratio};
  }

  /// Odd steps: Q <- orth(Q); P <- (M + E) Q; E <- M + E - P Q^T with the local P; all-reduce P.
  static sim::Task<> exchange_p(Rank& w, const Bucket& bucket, State& s, kernels::Strided<float> m) {
    const kernels::KernelCost encode = s.costs.orthogonalize_q + s.costs.feedback + s.costs.left + s.costs.error;
    co_await w.compress("P = M Q", encode, [&](const kernels::Device& device, int ranks) {
      add_feedback(device, ranks, s.layout, *s.parts, read(w.gradient(bucket)), m, s.my_p);
      kernels::orthogonalize(device, 1, s.parts->matrices, kernels::LowRankFactor::q, s.q.shared_from());
      kernels::low_rank_left(device, ranks, s.parts->matrices, read(m), s.q.shared(), s.my_p.from(0));
      kernels::low_rank_error(device, ranks, s.parts->matrices, read(m), s.my_p.read(), s.q.shared(), m);
    });
    co_await w.all_reduce("all-reduce P", s.my_p.read(), s.p.from(0), s.p.elements());
    co_await w.compress("P Q^T", s.costs.product, [&](const kernels::Device& device, int) {
      decode(device, s.layout, *s.parts, s.p, s.q, s.p, w.mean_gradient(bucket));
    });
  }

  /// Even steps: the same with P and Q exchanged.
  static sim::Task<> exchange_q(Rank& w, const Bucket& bucket, State& s, kernels::Strided<float> m) {
    const kernels::KernelCost encode = s.costs.orthogonalize_p + s.costs.feedback + s.costs.right + s.costs.error;
    co_await w.compress("Q = M^T P", encode, [&](const kernels::Device& device, int ranks) {
      add_feedback(device, ranks, s.layout, *s.parts, read(w.gradient(bucket)), m, s.my_q);
      kernels::orthogonalize(device, 1, s.parts->matrices, kernels::LowRankFactor::p, s.p.shared_from());
      kernels::low_rank_right(device, ranks, s.parts->matrices, read(m), s.p.shared(), s.my_q.from(0));
      kernels::low_rank_error(device, ranks, s.parts->matrices, read(m), s.p.shared(), s.my_q.read(), m);
    });
    co_await w.all_reduce("all-reduce Q", s.my_q.read(), s.q.from(0), s.q.elements());
    co_await w.compress("P Q^T", s.costs.product, [&](const kernels::Device& device, int) {
      decode(device, s.layout, *s.parts, s.p, s.q, s.q, w.mean_gradient(bucket));
    });
  }

  std::unique_ptr<Scheduler> scheduler_;
  int rank_;
  LowRankKernels kernels_;
};

}  // namespace

MethodRow acp_sgd_row() {
  std::vector<ParameterRow> parameters = schedule_parameters("ddp", Schedulers::of_fixed_buckets);
  for (ParameterRow& row : parameters) {
    if (row.name == "first_bucket_mib") row.standard = 25.0;  // the paper's buffers are alike
    if (row.name.ends_with("bucket_mib")) row.help += ", before it is scaled by the compression ratio";
  }
  parameters.push_back({"rank", "rank of the factors", 4.0, 1, 1024, true});
  parameters.push_back(low_rank_kernels_parameter());
  return {"acp-sgd",
          "ACP-SGD",
          "one all-reduce, of 4 (r sum(rows) + plain) bytes in odd steps, 4 (r sum(cols) + plain) in even ones, rank r",
          "Zhang et al., Evaluation and Optimization of Gradient Compression for Distributed Deep Learning, ICDCS 2023",
          "Power-SGD that sends only one factor a step, in turn, and so overlaps with backward.",
          parameters,
          [](const Parameters& p) -> std::unique_ptr<Method> { return std::make_unique<AcpSgd>(p); }};
}

}  // namespace syncline::models
