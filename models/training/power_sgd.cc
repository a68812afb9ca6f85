// Power-SGD (Vogels, Karimireddy, Jaggi, NeurIPS 2019), algorithm 1: one step of power iteration a step, warm start; error
// feedback as in algorithm 2.
#include "models/training/low_rank_layout.h"
#include "models/training/method_rows.h"
#include "models/training/schedulers/scheduler.h"
#include "models/training/turns.h"
#include "sim/units_text.h"

namespace syncline::models {
namespace {

class PowerSgd final : public Method {
 public:
  explicit PowerSgd(const Parameters& parameters)
      : scheduler_(scheduler_of(parameters)),
        rank_(parameters.whole("rank")),
        hook_(parameters.text("form") == "hook"),
        kernels_(low_rank_kernels(parameters)),
        least_rate_(hook_ ? parameters.number("min_compression_rate") : 1) {}

  sim::Task<> train(Rank& w) const override {
    const std::vector<Bucket> buckets = co_await scheduler_->plan(w);
    std::vector<State> states;
    for (const Bucket& bucket : buckets) states.emplace_back(w, bucket, *this);
    PerRank<float> error(w, w.parameter_count());
    Turns turns(w.simulator());
    const auto state = [&](const Bucket& bucket) -> State& { return states[static_cast<std::size_t>(bucket.index)]; };
    const Exchange exchange(
        [&](const Bucket& bucket) { return power_iteration(w, bucket, state(bucket), error.from(bucket.begin), turns); },
        [&](const Bucket& bucket) { return hook_ && w.chains_in_caller() && state(bucket).plain.elements() == 0; });
    co_await scheduler_->train(w, buckets, exchange);
  }

  Payload payload(const Dnn& dnn) const override {
    double elements = 0;
    for (const Bucket& bucket : scheduler_->buckets(dnn)) {
      const LowRankLayout layout(bucket, rank_, least_rate_);
      elements += static_cast<double>(layout.p_elements + layout.q_elements + layout.plain_elements);
    }
    return {4 * elements, 0};
  }
  std::string trajectory_key() const override {  // buckets change no number
    const std::string key = "power-sgd,rank=" + std::to_string(rank_);
    return hook_ ? key + ",hook,rate=" + number_text(least_rate_) : key;
  }

 private:
  /// Factors of one bucket. P's message carries the plain tensors behind the factors; PyTorch's hook sends them by themselves.
  struct State {
    State(const Rank& w, const Bucket& bucket, const PowerSgd& method)
        : layout(bucket, method.rank_, method.least_rate_),
          parts(parts_of(w, layout)),
          costs(costs_of(layout, bucket.elements(), method.kernels_)),
          apart(method.hook_),
          my_plain(w, apart ? layout.plain_elements : 0),
          plain(w, my_plain.elements()),
          my_p(w, layout.p_elements + (apart ? 0 : layout.plain_elements)),
          p(w, my_p.elements()),
          my_q(w, layout.q_elements),
          q(w, layout.q_elements) {
      fill_normal(w, bucket, layout, q);
    }
    LowRankLayout layout;
    std::optional<LowRankParts> parts;
    LowRankCosts costs;
    bool apart;
    PerRank<float> my_plain;
    Common<float> plain;  // mean over ranks
    PerRank<float> my_p;
    Common<float> p;  // mean over ranks
    PerRank<float> my_q;
    Common<float> q;  // mean over ranks: the next step's start
  };

  /// With M the gradient plus the error, P = M Q, all-reduce, P <- orth(P), Q = M^T P, all-reduce, E = M - P Q^T.
  static sim::Task<> power_iteration(Rank& w, const Bucket& bucket, State& s, kernels::Strided<float> m, Turns& turns) {
    const std::int64_t turn = turns.take();
    co_await encode_p(w, bucket, s, m);
    sim::Event& my_turn = turns.come(turn);
    co_await my_turn;
    if (s.plain.elements() > 0) {
      co_await w.all_reduce("all-reduce uncompressed", s.my_plain.read(), s.plain.from(0), s.plain.elements());
    }
    if (s.p.elements() > 0) co_await w.all_reduce("all-reduce P", s.my_p.read(), s.p.from(0), s.p.elements());
    if (s.q.elements() > 0) co_await encode_q(w, s, m);
    std::vector<sim::Process> last;
    if (s.q.elements() > 0) {
      last.push_back(w.spawn(w.all_reduce("all-reduce Q", s.my_q.read(), s.q.from(0), s.q.elements())));
    }
    turns.pass();
    co_await sim::all_of(std::move(last));
    co_await w.compress("P Q^T", s.costs.product + s.costs.error, [&](const kernels::Device& device, int ranks) {
      kernels::low_rank_error(device, ranks, s.parts->matrices, read(m), s.p.shared(), s.q.shared(), m);
      decode(device, s.layout, *s.parts, s.p, s.q, s.apart ? s.plain : s.p, w.mean_gradient(bucket));
    });
  }

  /// PyTorch's hook orthogonalizes the last step's Q, too, which changes neither what P spans nor what comes out of it.
  static sim::Task<> encode_p(Rank& w, const Bucket& bucket, State& s, kernels::Strided<float> m) {
    kernels::KernelCost cost = s.costs.feedback + s.costs.left;
    if (s.apart) cost = cost + s.costs.orthogonalize_q;
    return w.compress("P = M Q", cost, [&](const kernels::Device& device, int ranks) {
      add_feedback(device, ranks, s.layout, *s.parts, read(w.gradient(bucket)), m, s.apart ? s.my_plain : s.my_p);
      kernels::low_rank_left(device, ranks, s.parts->matrices, read(m), s.q.shared(), s.my_p.from(0));
    });
  }

  static sim::Task<> encode_q(Rank& w, State& s, kernels::Strided<float> m) {
    return w.compress("Q = M^T P", s.costs.orthogonalize_p + s.costs.right, [&](const kernels::Device& device, int ranks) {
      kernels::orthogonalize(device, 1, s.parts->matrices, kernels::LowRankFactor::p, s.p.shared_from());
      kernels::low_rank_right(device, ranks, s.parts->matrices, read(m), s.p.shared(), s.my_q.from(0));
    });
  }

  std::unique_ptr<Scheduler> scheduler_;
  int rank_;
  bool hook_;
  LowRankKernels kernels_;
  double least_rate_;
};

}  // namespace

MethodRow power_sgd_row() {
  std::vector<ParameterRow> parameters = schedule_parameters("bsp", Schedulers::of_fixed_buckets);
  parameters.push_back({"rank", "rank of the factors", 4.0, 1, 1024, true});
  parameters.push_back({"form",
                        "paper (uncompressed tensors travel behind P), or hook (PyTorch's: by themselves, before P; at home with "
                        "schedule = \"ddp\")",
                        std::string("paper"),
                        0,
                        0,
                        false,
                        {"paper", "hook"}});
  parameters.push_back({"min_compression_rate",
                        "matrices travel whole unless their factors are so many times smaller",
                        2.0,
                        1e-3,
                        1e6,
                        false,
                        {},
                        "form",
                        "hook"});
  parameters.push_back(low_rank_kernels_parameter());
  return {
      "power-sgd",
      "Power-SGD",
      "two all-reduces, of 4 (r sum(rows) + plain) and of 4 r sum(cols) bytes a step, rank r; the hook's three, for each bucket",
      "Vogels, Karimireddy, Jaggi, PowerSGD, NeurIPS 2019; PyTorch's "
      "torch/distributed/algorithms/ddp_comm_hooks/powerSGD_hook.py",
      "Matrices travel as two low-rank factors, found by one power iteration from the last step's. After backward with schedule "
      "= \"bsp\", overlapped with it by \"ddp\" and \"wfbp\".",
      parameters,
      [](const Parameters& p) -> std::unique_ptr<Method> { return std::make_unique<PowerSgd>(p); }};
}

}  // namespace syncline::models
