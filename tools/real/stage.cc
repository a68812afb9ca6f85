#include "tools/real/stage.h"

#include <algorithm>

#include "sim/error.h"

namespace syncline::tools {

Stage::Stage(Watchdog& watchdog, std::function<void(const Communication&)> ended)
    : ended_(std::move(ended)), communication_(clock_, watchdog) {}

sim::Task<> Stage::until(Time time) {
  if (time <= simulator_.now()) co_return;
  const auto place = deadlines_.insert(time);
  co_await sim::delay(simulator_, time - simulator_.now());
  deadlines_.erase(place);
}

void Stage::run(sim::Task<> program) {
  clock_.restart();
  const sim::Process process = sim::spawn(simulator_, std::move(program));
  while (true) {
    simulator_.run_until(std::max(simulator_.now(), clock_.now()));
    // What a program that computed for a while has missed comes before what it asks for next.
    const Time next = deadlines_.empty() ? Time::max() : *deadlines_.begin();
    if (process.done() && next == Time::max() && communication_.open() == 0) return;
    SYNCLINE_CHECK(next != Time::max() || communication_.open() > 0, "a training program waits for ever");
    for (const Communication& finished : communication_.take_finished(next)) {
      if (ended_) ended_(finished);
      finished.done->trigger();
    }
  }
}

}  // namespace syncline::tools
