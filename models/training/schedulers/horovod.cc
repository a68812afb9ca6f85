// Horovod: a thread looks every few milliseconds which tensors are ready on all ranks, and exchanges them fused.
//
// horovod/common/operations.cc: RunLoopOnce sleeps until a cycle time has passed since the last cycle, learns from the coordinator
// which tensors all ranks have, and fuses them in order as long as they fit the fusion threshold (FuseResponses). With NCCL it
// does not wait for what it has launched, so that cycles go on meanwhile; with MPI and Gloo it does, and more becomes ready until
// the next cycle. What the coordinator's messages take is left out.
#include <deque>
#include <utility>

#include "models/training/schedulers/ready.h"
#include "models/training/schedulers/rows.h"

namespace syncline::models {
namespace {

class Horovod final : public Scheduler {
 public:
  explicit Horovod(const Parameters& p)
      : cycle_(Time::from_seconds(p.number("cycle_ms") * 1e-3)),
        threshold_(p.number("fusion_mib") * 1024 * 1024),
        blocking_(p.flag("blocking")) {}
  std::vector<Bucket> buckets(const Dnn& dnn, const WireSize&) const override { return bucket_per_tensor(dnn); }

  sim::Task<> train(Rank& w, const std::vector<Bucket>& tensors, const Exchange& exchange) const override {
    while (w.next_step()) {
      Ready ready(w.simulator(), tensors.size());
      co_await w.forward();
      const sim::Process cycles = w.spawn(run_cycles(w, tensors, ready, exchange));
      for (const Bucket& tensor : tensors) {
        co_await w.backward(tensor);
        ready.add_one();
      }
      co_await cycles;
      co_await w.update();
    }
  }

 private:
  sim::Task<> run_cycles(Rank& w, const std::vector<Bucket>& tensors, Ready& ready, const Exchange& exchange) const {
    std::deque<Bucket> fused;
    std::vector<sim::Process> exchanges;
    for (std::size_t sent = 0; sent < tensors.size();) {
      // Cycles in which nothing new is ready on all ranks do nothing: to the last rank that gets the next tensor ready, and on to
      // the end of that cycle.
      const bool overdue = blocking_ && sent > 0 && ready.count() > sent;  // exchanges took longer than a cycle
      sim::Event& next = ready.event(sent);
      co_await next;
      co_await w.least_of_all(0);
      if (!overdue) co_await w.next_tick(cycle_);
      const auto agreed = static_cast<std::size_t>(co_await w.least_of_all(static_cast<std::int64_t>(ready.count())));
      while (sent < agreed) {
        const std::size_t last = end_of_fusion(tensors, sent, agreed);
        fused.push_back(merged(tensors, sent, last));
        exchanges.push_back(w.spawn(exchange(fused.back())));
        sent = last;
      }
      if (blocking_) co_await sim::all_of(std::exchange(exchanges, {}));
    }
    co_await sim::all_of(std::move(exchanges));
  }

  std::size_t end_of_fusion(const std::vector<Bucket>& tensors, std::size_t first, std::size_t end) const {
    double bytes = 0;
    std::size_t last = first;
    while (last < end) {
      bytes += 4.0 * static_cast<double>(tensors[last].elements());
      if (last > first && bytes > threshold_) break;
      ++last;
    }
    return last;
  }

  Time cycle_;
  double threshold_;  // bytes
  bool blocking_;
};

}  // namespace

SchedulerRow horovod_row() {
  return {"horovod",
          "Horovod's cycles and tensor fusion",
          "Sergeev and Del Balso, Horovod, arXiv:1802.05799, 2018; horovod/common/operations.cc, docs/tensor-fusion.rst",
          "at the end of each cycle, the tensors that are ready on all ranks, fused up to a threshold",
          true,
          false,
          {{"cycle_ms", "length of a cycle, in ms (HOROVOD_CYCLE_TIME: 1 since version 0.21, 5 before)", 1.0, 0.001, 1000},
           {"fusion_mib", "most that is fused, in MiB (HOROVOD_FUSION_THRESHOLD: documented as 64, 128 since version 0.21)", 64.0,
            0, 4096},
           {"blocking", "wait for a cycle's exchanges before the next, as with MPI and Gloo; false: as with NCCL", false}},
          [](const Parameters& p) -> std::unique_ptr<Scheduler> { return std::make_unique<Horovod>(p); }};
}

}  // namespace syncline::models
