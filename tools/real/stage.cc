#include "tools/real/stage.h"

#include <algorithm>

#include "sim/error.h"

namespace syncline::tools {

Stage::Stage(Watchdog& watchdog, std::function<void(const Communication&)> ended)
    : ended_(std::move(ended)), communication_(clock_, watchdog) {}

void Stage::catch_up() { simulator_.run_until(std::max(simulator_.now(), clock_.now())); }

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
    catch_up();
    const Time next = deadlines_.empty() ? Time::max() : *deadlines_.begin();
    if (process.done() && next == Time::max() && communication_.open() == 0) return;
    SYNCLINE_CHECK(next != Time::max() || communication_.open() > 0, "a training program waits for ever");
    const std::vector<Communication> all_finished = communication_.take_finished(next);
    catch_up();  // whoever waited for them goes on now, not when it began to wait
    for (const Communication& finished : all_finished) {
      if (ended_) ended_(finished);
      finished.done->trigger();
    }
  }
}

}  // namespace syncline::tools
