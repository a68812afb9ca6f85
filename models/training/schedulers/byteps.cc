// BytePS: a parameter server whose shards lie beside the workers; tensors are cut into partitions that are pushed and pulled.
//
// byteps/common/global.cc, operations.cc, scheduled_queue.cc: partitions of BYTEPS_PARTITION_BYTES, 4,096,000; of those that are
// ready the one of the tensor declared first, so nearest the input, goes first; BYTEPS_SCHEDULING_CREDIT limits how many are under
// way, and 0, its default, does not. The optimiser waits for all tensors (cross-barrier training is ByteScheduler's).
// Without overlap: HKBU-HPML/ddl-benchmarks, byteps_distributed_optimizer.py, BYTEPS_FUSION_THRESHOLD: all gradients are copied into
// one tensor, which is pushed, in partitions as any other, when it is full.
#include <limits>

#include "models/training/schedulers/priority_queue.h"
#include "models/training/schedulers/rows.h"

namespace syncline::models {
namespace {

class BytePs final : public Scheduler {
 public:
  explicit BytePs(const Parameters& p)
      : partition_(static_cast<std::int64_t>(p.number("partition_bytes"))),
        credit_(p.number("scheduling_credit") * p.number("partition_bytes")),
        fused_(p.flag("fused")) {
    if (credit_ == 0) credit_ = std::numeric_limits<double>::infinity();
  }

  std::vector<Bucket> buckets(const Dnn& dnn, const WireSize&) const override {
    return partitioned(fused_ ? single_bucket(dnn) : bucket_per_tensor(dnn), partition_);
  }

  sim::Task<> train(Rank& w, const std::vector<Bucket>& pieces, const Exchange& exchange) const override {
    while (w.next_step()) {
      PriorityQueue queue(w, pieces, credit_, exchange);
      co_await w.forward();
      std::vector<sim::Process> sending;
      sending.push_back(w.spawn(queue.run()));
      for (const Bucket& piece : pieces) {
        co_await w.backward(piece);
        queue.add_ready();
      }
      co_await sim::all_of(std::move(sending));
      co_await w.update();
    }
  }

  bool push_pull() const override { return true; }

 private:
  Bytes partition_;
  double credit_;  // bytes
  bool fused_;
};

}  // namespace

SchedulerRow byteps_row() {
  return {
      "byteps",
      "BytePS's parameter server",
      "Jiang et al., A Unified Architecture for Accelerating Distributed DNN Training, OSDI 2020; byteps/common, docs/env.md",
      "partitions of tensors are pushed to sharded servers beside the workers and pulled, those nearest the input first",
      true,
      false,
      {{"partition_bytes", "length of a partition, in bytes (BYTEPS_PARTITION_BYTES)", 4096000.0, 1024, 4e9, true},
       {"scheduling_credit", "partitions under way at once; 0: all that are ready (BYTEPS_SCHEDULING_CREDIT)", 0.0, 0, 1e6, true},
       {"fused", "all gradients as one tensor, which is pushed when backward has ended", false}},
      [](const Parameters& p) -> std::unique_ptr<Scheduler> { return std::make_unique<BytePs>(p); }};
}

}  // namespace syncline::models
