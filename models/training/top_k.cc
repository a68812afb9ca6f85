// Top-k SGD with error feedback (Stich et al., NeurIPS 2018; Lin et al., ICLR 2018): only the largest elements travel.
#include <algorithm>
#include <cmath>

#include "kernels/top_k/top_k.h"

#include "models/training/method_rows.h"
#include "models/training/schedulers/scheduler.h"
#include "sim/units_text.h"

namespace syncline::models {
namespace {

class TopK final : public Method {
 public:
  explicit TopK(const Parameters& parameters) : scheduler_(scheduler_of(parameters)), density_(parameters.number("density")) {}

  sim::Task<> train(Rank& w) const override {
    const std::vector<Bucket> buckets = co_await scheduler_->plan(w);
    std::vector<Wire> wires;
    for (const Bucket& bucket : buckets) wires.emplace_back(w, kept(bucket));
    PerRank<float> error(w, w.parameter_count());
    const Exchange exchange = [&](const Bucket& bucket) {
      return sparse(w, bucket, wires[static_cast<std::size_t>(bucket.index)], error);
    };
    co_await scheduler_->train(w, buckets, exchange);
  }

  Payload payload(const Dnn& dnn) const override {
    double bytes = 0;
    for (const Bucket& bucket : scheduler_->buckets(dnn)) {
      bytes += static_cast<double>(kernels::top_k_payload_bytes(kept(bucket)));
    }
    return {0, bytes};
  }
  std::string trajectory_key() const override {
    return "top-k,density=" + number_text(density_) + "," + scheduler_->buckets_key();
  }

 private:
  struct Wire {
    Wire(const Rank& w, std::int64_t k) : values(w, k), indices(w, k) {}
    PerRank<float> values;
    PerRank<std::int32_t> indices;
  };

  std::int64_t kept(const Bucket& bucket) const {
    return std::max<std::int64_t>(1, static_cast<std::int64_t>(std::floor(density_ * static_cast<double>(bucket.elements()))));
  }

  static sim::Task<> sparse(Rank& w, const Bucket& bucket, Wire& wire, PerRank<float>& error) {
    const std::int64_t n = bucket.elements();
    const std::int64_t k = wire.values.elements();
    co_await w.compress("top-k", kernels::top_k_encode_cost(n, k), [&](const kernels::Device& device, int ranks) {
      kernels::top_k_encode(device, ranks, n, k, read(w.gradient(bucket)), error.from(bucket.begin), wire.values.from(0),
                            wire.indices.from(0));
    });
    // Both are on their way before either has arrived, so that every rank calls its collectives in the same order.
    std::vector<sim::Process> gathers;
    gathers.push_back(w.spawn(w.all_gather("all-gather values", {wire.values.part()})));
    gathers.push_back(w.spawn(w.all_gather("all-gather indices", {wire.indices.part()})));
    co_await sim::all_of(std::move(gathers));
    co_await w.compress("mean of sparse", kernels::top_k_mean_cost(n, k, w.world_size()),
                        [&](const kernels::Device& device, int) {
                          kernels::top_k_mean(device, w.world_size(), n, k, wire.values.gathered(), wire.indices.gathered(),
                                              w.mean_gradient(bucket));
                        });
  }

  std::unique_ptr<Scheduler> scheduler_;
  double density_;
};

}  // namespace

MethodRow top_k_row() {
  std::vector<ParameterRow> parameters = schedule_parameters("ddp", Schedulers::of_fixed_buckets);
  parameters.push_back({"density", "part of the elements that travels", 0.01, 1e-9, 1, false, {}});
  return {"top-k",
          "Top-k SGD with error feedback",
          "all-gather of 8 k bytes a step (4 for a value, 4 for its index), k = density N",
          "Stich et al., Sparsified SGD with Memory, NeurIPS 2018; Lin et al., Deep Gradient Compression, ICLR 2018",
          "Each rank sends the k elements of largest magnitude; the others wait, added to the next gradient.",
          parameters,
          [](const Parameters& p) -> std::unique_ptr<Method> { return std::make_unique<TopK>(p); }};
}

}  // namespace syncline::models
