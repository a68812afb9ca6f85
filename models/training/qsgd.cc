// QSGD (Alistarh et al., NeurIPS 2017): gradients rounded at random to s levels of their bucket's norm, without bias.
#include "kernels/qsgd/qsgd.h"

#include "models/training/method_rows.h"
#include "models/training/schedulers/scheduler.h"

namespace syncline::models {
namespace {

class Qsgd final : public Method {
 public:
  explicit Qsgd(const Parameters& parameters)
      : scheduler_(scheduler_of(parameters)),
        levels_(parameters.whole("levels")),
        norm_bucket_(parameters.whole("norm_bucket")),
        key_("qsgd," + text_of(parameters, {"levels", "norm_bucket"}) + scheduler_->buckets_key()) {}

  sim::Task<> train(Rank& w) const override {
    const std::vector<Bucket> buckets = co_await scheduler_->plan(w);
    std::vector<Wire> wires;
    for (const Bucket& bucket : buckets) wires.emplace_back(w, shape_of(bucket, w.first_rank_here()));
    const Exchange exchange = [&](const Bucket& bucket) {
      return quantized(w, bucket, wires[static_cast<std::size_t>(bucket.index)]);
    };
    co_await scheduler_->train(w, buckets, exchange);
  }

  Payload payload(const Dnn& dnn) const override {
    double bytes = 0;
    for (const Bucket& bucket : scheduler_->buckets(dnn)) {
      bytes += static_cast<double>(kernels::qsgd_payload_bytes(shape_of(bucket)));
    }
    return {0, bytes};
  }
  std::string trajectory_key() const override { return key_; }

 private:
  struct Wire {
    Wire(const Rank& w, kernels::QsgdShape s) : shape(s), norms(w, kernels::qsgd_norms(s)), codes(w, kernels::qsgd_words(s)) {}
    kernels::QsgdShape shape;
    PerRank<float> norms;
    PerRank<std::uint32_t> codes;
  };

  kernels::QsgdShape shape_of(const Bucket& bucket, int first_row = 0) const {
    return {bucket.elements(), levels_, norm_bucket_, first_row};
  }

  static sim::Task<> quantized(Rank& w, const Bucket& bucket, Wire& wire) {
    const auto number = (static_cast<std::uint64_t>(w.step()) << 20) | static_cast<std::uint64_t>(bucket.index);
    co_await w.compress("quantize", kernels::qsgd_encode_cost(wire.shape), [&](const kernels::Device& device, int ranks) {
      const std::uint64_t key = w.random("QSGD rounding", number).bits();
      kernels::qsgd_encode(device, ranks, wire.shape, read(w.gradient(bucket)), key, wire.norms.from(0), wire.codes.from(0));
    });
    const GatherMessage message{wire.norms.part(), wire.codes.part()};
    co_await w.all_gather("all-gather norms and codes", message);
    co_await w.compress("mean of codes", kernels::qsgd_mean_cost(wire.shape, w.world_size()),
                        [&](const kernels::Device& device, int) {
                          kernels::qsgd_mean(device, w.world_size(), wire.shape, wire.norms.gathered(), wire.codes.gathered(),
                                             w.mean_gradient(bucket));
                        });
  }

  std::unique_ptr<Scheduler> scheduler_;
  int levels_, norm_bucket_;
  std::string key_;
};

}  // namespace

MethodRow qsgd_row() {
  std::vector<ParameterRow> parameters = schedule_parameters("ddp", Schedulers::of_fixed_buckets);
  parameters.push_back({"levels", "quantization levels s of a magnitude", 7.0, 1, 127, true, {}});
  parameters.push_back({"norm_bucket", "elements that share one norm", 512.0, 1, 1e6, true, {}});
  return {"qsgd",
          "QSGD",
          "all-gather of N ceil(log2(2 s + 1)) / 8 bytes, and 4 bytes for each norm, a step; N parameters, s levels",
          "Alistarh et al., QSGD, NeurIPS 2017",
          "Each rank rounds its gradient at random to a few levels; the mean over many roundings is the gradient itself.",
          parameters,
          [](const Parameters& p) -> std::unique_ptr<Method> { return std::make_unique<Qsgd>(p); }};
}

}  // namespace syncline::models
