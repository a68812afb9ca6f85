#include "models/training/schedulers/one_stream.h"

namespace syncline::models {

sim::Task<> train_in_order(Rank& w, const std::vector<Bucket>& buckets, Start start, const Exchange& exchange) {
  while (w.next_step()) {
    std::vector<sim::Process> exchanges;
    co_await w.forward();
    for (const Bucket& bucket : buckets) {
      co_await w.backward(bucket);
      if (start != Start::when_ready) continue;
      exchanges.push_back(w.spawn(exchange(bucket)));
      if (exchange.holds_backward(bucket)) co_await exchanges.back();
    }
    if (start == Start::after_backward) {
      for (const Bucket& bucket : buckets) exchanges.push_back(w.spawn(exchange(bucket)));
    }
    co_await sim::all_of(std::move(exchanges));
    co_await w.update();
  }
}

}  // namespace syncline::models
