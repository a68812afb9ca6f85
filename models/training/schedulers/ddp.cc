// PyTorch's DistributedDataParallel: buckets of tensors, each exchanged when its last gradient is ready.
//
// torch/csrc/distributed/c10d/reducer.cpp: compute_bucket_assignment_by_size closes a bucket with the tensor that takes it to its
// limit; the first bucket's limit is kDefaultFirstBucketBytes, 1 MiB, whatever bucket_cap_mb (25; in MiB) is. After the first
// iteration buckets are rebuilt in the order in which gradients became ready, which is the layers' from the last to the first.
// Buckets are launched in their order: one that is ready early waits (mark_bucket_ready). All run on one stream.
#include "models/training/schedulers/one_stream.h"
#include "models/training/schedulers/rows.h"
#include "sim/units_text.h"

namespace syncline::models {
namespace {

Bytes mebibytes(double count) { return Bytes(static_cast<std::int64_t>(count * 1024 * 1024)); }

class Ddp final : public Scheduler {
 public:
  Ddp(double first_mib, double cap_mib) : first_mib_(first_mib), cap_mib_(cap_mib) {}
  std::vector<Bucket> buckets(const Dnn& dnn, const WireSize& size) const override {
    return fused_buckets(dnn, mebibytes(first_mib_ * size.ratio), mebibytes(cap_mib_ * size.ratio), size.bytes_of);
  }
  sim::Task<> train(Rank& w, const std::vector<Bucket>& buckets, const Exchange& exchange) const override {
    return train_in_order(w, buckets, Start::when_ready, exchange);
  }
  std::string buckets_key() const override { return "ddp " + number_text(first_mib_) + " " + number_text(cap_mib_); }

 private:
  double first_mib_, cap_mib_;
};

}  // namespace

SchedulerRow ddp_row() {
  constexpr double kLeastMib = 0.0005;  // below 1 kB, where most tensors travel alone
  return {"ddp",
          "PyTorch DistributedDataParallel",
          "Li et al., PyTorch Distributed, VLDB 2020; torch/csrc/distributed/c10d/reducer.cpp",
          "buckets of tensors, in the order in which backward makes them, each as soon as its last gradient is there",
          true,
          true,
          {{"first_bucket_mib", "limit of the first bucket, in MiB, whatever the others' is", 1.0, kLeastMib, 4096},
           {"bucket_mib", "limit of every further bucket, in MiB (PyTorch's bucket_cap_mb)", 25.0, kLeastMib, 4096}},
          [](const Parameters& p) -> std::unique_ptr<Scheduler> {
            return std::make_unique<Ddp>(p.number("first_bucket_mib"), p.number("bucket_mib"));
          }};
}

}  // namespace syncline::models
