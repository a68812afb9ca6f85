// MG-WFBP: merged-gradient WFBP. Tensors whose all-reduces would wait for each other's start-up are merged beforehand.
#include "models/training/schedulers/merging.h"
#include "models/training/schedulers/one_stream.h"
#include "models/training/schedulers/rows.h"

namespace syncline::models {
namespace {

constexpr std::int64_t kShort = 1024;  // bytes of an all-reduce that is mostly start-up

class MgWfbp final : public Scheduler {
 public:
  explicit MgWfbp(const Parameters& p)
      : greedy_(p.text("merging") == "algorithm-1"),
        least_bytes_(4 * p.number("least_elements")),
        measured_(p.text("all_reduce_model") == "given"),
        a_(p.number("start_up_us") * 1e-6),
        b_(1 / (p.number("all_reduce_mb_s") * 1e6)) {}

  std::vector<Bucket> buckets(const Dnn& dnn, const WireSize&) const override { return bucket_per_tensor(dnn); }

  sim::Task<std::vector<Bucket>> plan(Rank& w) const override {
    const std::vector<Bucket> tensors = bucket_per_tensor(w.dnn());
    const MergingProblem problem = co_await problem_of(w, tensors);
    std::vector<Bucket> buckets;
    std::size_t first = 0;
    for (const std::size_t last : greedy_ ? greedy_merging(problem, least_bytes_) : optimal_merging(problem)) {
      buckets.push_back(merged(tensors, first, last));
      buckets.back().index = static_cast<int>(buckets.size()) - 1;
      first = last;
    }
    co_return buckets;
  }

  sim::Task<> train(Rank& w, const std::vector<Bucket>& buckets, const Exchange& exchange) const override {
    return train_in_order(w, buckets, Start::when_ready, exchange);
  }

 private:
  /// The paper measures both in the first iterations. All ranks plan by the slowest one's backward, so they plan the same.
  sim::Task<MergingProblem> problem_of(Rank& w, const std::vector<Bucket>& tensors) const {
    MergingProblem problem;
    problem.a = a_;
    problem.b = b_;
    if (!measured_) {
      const double less = w.all_reduce_time(Bytes(kShort)).seconds();
      const double more = w.all_reduce_time(Bytes(kShort + 4 * w.parameter_count())).seconds();
      problem.b = (more - less) / (4.0 * static_cast<double>(w.parameter_count()));
      problem.a = less - problem.b * static_cast<double>(kShort);
    }
    double now = 0;
    for (const Bucket& tensor : tensors) {
      for (int layer = tensor.first_layer; layer >= tensor.last_layer; --layer) {
        const std::int64_t least = co_await w.least_of_all(-w.backward_time(layer).count());
        now += Time::picoseconds(-least).seconds();
      }
      problem.ready.push_back(now);
      problem.bytes.push_back(4.0 * static_cast<double>(tensor.elements()));
    }
    co_return problem;
  }

  bool greedy_;
  double least_bytes_;
  bool measured_;
  double a_, b_;  // where they are given: seconds, seconds a byte
};

}  // namespace

SchedulerRow mg_wfbp_row() {
  return {
      "mg-wfbp",
      "Merged-gradient WFBP",
      "Shi, Chu, Li, MG-WFBP: Efficient Data Communication for Distributed Synchronous SGD Algorithms, INFOCOM 2019",
      "neighbouring tensors are merged so that the last all-reduce ends earliest, if one of M bytes takes a + b M",
      true,
      false,
      {{"merging",
        "optimal, or algorithm-1 (the paper's, which looks at two neighbours at a time)",
        std::string("optimal"),
        0,
        0,
        false,
        {"optimal", "algorithm-1"}},
       {"least_elements",
        "fewer than these are merged with the next whenever that is ready (ddl-benchmarks, hv_distributed_optimizer.py: 8192)",
        0.0,
        0,
        1e12,
        true,
        {},
        "merging",
        "algorithm-1"},
       {"all_reduce_model",
        "what an all-reduce is planned to take: simulated (alone on the network), or given (measured)",
        std::string("simulated"),
        0,
        0,
        false,
        {"simulated", "given"}},
       {"start_up_us", "a, in us", 100.0, 0, 1e9, false, {}, "all_reduce_model", "given"},
       {"all_reduce_mb_s", "1/b: bytes reduced in a second, in MB/s", 500.0, 1e-6, 1e9, false, {}, "all_reduce_model", "given"}},
      [](const Parameters& p) -> std::unique_ptr<Scheduler> { return std::make_unique<MgWfbp>(p); }};
}

}  // namespace syncline::models
