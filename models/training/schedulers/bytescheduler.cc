// ByteScheduler: tensors are cut into partitions, those nearest the input go first, and forward of a layer waits for its own
// parameters only, so that one step's communication overlaps with the next one's forward.
//
// bytescheduler/common/bytecore.py: BYTESCHEDULER_PARTITION is 1,000,000 parameters, BYTESCHEDULER_CREDIT 4,000,000, unless both
// are tuned. Partitions within the credit are on their way to the stream, where nothing overtakes them.
#include <memory>
#include <utility>

#include "models/training/schedulers/priority_queue.h"
#include "models/training/schedulers/rows.h"

namespace syncline::models {
namespace {

class ByteScheduler final : public Scheduler {
 public:
  explicit ByteScheduler(const Parameters& p)
      : partition_(static_cast<std::int64_t>(p.number("partition_mb") * 1e6)),
        credit_(p.number("credit_mb") * 1e6),
        servers_(p.text("through") == "servers") {}

  std::vector<Bucket> buckets(const Dnn& dnn, const WireSize&) const override {
    return partitioned(bucket_per_tensor(dnn), partition_);
  }

  sim::Task<> train(Rank& w, const std::vector<Bucket>& pieces, const Exchange& exchange) const override {
    std::unique_ptr<PriorityQueue> last, current;  // of the last step, as far as it goes on, and of this one
    std::vector<sim::Process> sending;
    while (w.next_step()) {
      current = std::make_unique<PriorityQueue>(w, pieces, credit_, exchange);
      if (last) {
        co_await forward(w, *last);
      } else {
        co_await w.forward();
      }
      co_await sim::all_of(std::exchange(sending, {}));
      last = std::move(current);
      sending.push_back(w.spawn(last->run()));
      for (const Bucket& piece : pieces) {
        co_await w.backward(piece);
        last->add_ready();
      }
      if (w.steps_overlap()) continue;
      co_await sim::all_of(std::exchange(sending, {}));
      co_await w.update();
      last.reset();
    }
    co_await sim::all_of(std::move(sending));
  }

  bool push_pull() const override { return servers_; }

 private:
  static sim::Task<> forward(Rank& w, PriorityQueue& queue) {
    for (int layer = 0; layer < static_cast<int>(w.dnn().layers.size()); ++layer) {
      sim::Event& exchanged = queue.exchanged(layer);
      co_await exchanged;
      co_await w.update_layer(layer);
      co_await w.forward_layer(layer);
    }
  }

  Bytes partition_;
  double credit_;  // bytes
  bool servers_;
};

}  // namespace

SchedulerRow bytescheduler_row() {
  return {"bytescheduler",
          "ByteScheduler's priorities and partitions",
          "Peng et al., A Generic Communication Scheduler for Distributed DNN Training Acceleration, SOSP 2019; "
          "bytescheduler/common/bytecore.py",
          "partitions of tensors, those nearest the input first; the next forward of a layer waits for its own parameters only",
          true,
          false,
          {{"partition_mb", "length of a partition, in MB (BYTESCHEDULER_PARTITION, there in parameters)", 4.0, 0.001, 4096},
           {"credit_mb", "sent but not yet received, in MB (BYTESCHEDULER_CREDIT, there in parameters)", 16.0, 0, 65536},
           {"through",
            "all-reduce, or parameter servers as byteps has them",
            std::string("all-reduce"),
            0,
            0,
            false,
            {"all-reduce", "servers"}}},
          [](const Parameters& p) -> std::unique_ptr<Scheduler> { return std::make_unique<ByteScheduler>(p); }};
}

}  // namespace syncline::models
