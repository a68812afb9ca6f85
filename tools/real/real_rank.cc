#include "tools/real/real_rank.h"

#include <utility>

namespace syncline::tools {

RealRank::RealRank(Stage& stage, RealCollectives& collectives, const models::Dnn& dnn, Expected expected, int batch,
                   std::int64_t steps, std::uint64_t seed, sim::TraceSink& sink)
    : Rank(stage.simulator(), dnn, collectives.size(), seed),
      stage_(stage),
      collectives_(collectives),
      sink_(sink),
      expected_(std::move(expected)),
      first_batch_(batch),
      batch_(batch),
      steps_(steps) {}

bool RealRank::next_step() {
  step_begins_.push_back(stage_.clock().now());
  return ++step_ < steps_;
}

sim::Task<> RealRank::communicate(std::string_view name, Bytes bytes, std::function<void()> body) {
  sim::Event done(stage_.simulator());
  Communication work;
  work.name = std::string(name);
  work.bytes = bytes;
  work.body = std::move(body);
  work.done = &done;
  stage_.communication().post(std::move(work));
  co_await done;
}

sim::Task<std::int64_t> RealRank::least_of_all(std::int64_t value) {
  std::int64_t least = value;
  std::function<void()> body = [this, value, &least] { least = collectives_.least(value); };
  sim::Task<> agreement = communicate("", Bytes(sizeof(value)), std::move(body));
  co_await agreement;
  co_return least;
}

sim::Task<> RealRank::next_tick(Time every) {
  const Time now = stage_.clock().now();
  const std::int64_t rest = now.count() % every.count();
  if (rest == 0) co_return;
  sim::Task<> wait = stage_.until(now + Time::picoseconds(every.count() - rest));
  co_await wait;
}

void RealRank::record(std::string_view category, std::string_view name, Time begin, Time end) {
  sink_.span({collectives_.rank(), std::string(name), std::string(category), begin, end, Bytes(0)});
}

}  // namespace syncline::tools
