#include "sim/simulator.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "sim/process.h"
#include "sim/random.h"
#include "tests/seeds.h"

namespace syncline::sim {
namespace {

using Log = std::vector<std::string>;

Time ps(std::int64_t n) { return Time::picoseconds(n); }

TEST(Simulator, RunUntilRunsWhatIsDueThenAndMovesTheClock) {
  Simulator simulator;
  Log log;
  simulator.schedule_at(ps(5), [&] { log.push_back("5"); });
  simulator.schedule_at(ps(6), [&] { log.push_back("6"); });
  simulator.run_until(ps(5));
  EXPECT_EQ(log, Log{"5"});
  simulator.run_until(ps(8));
  EXPECT_EQ(log, (Log{"5", "6"}));
  EXPECT_EQ(simulator.now(), ps(8));
  EXPECT_EQ(simulator.events_run(), 2U);
  EXPECT_THROW(simulator.run_until(ps(7)), InternalError);
}

TEST(Simulator, CancelledEventsDoNotRun) {
  Simulator simulator;
  Log log;
  const EventId cancelled = simulator.schedule_after(ps(5), [&] { log.push_back("cancelled"); });
  simulator.schedule_after(ps(4), [&] { EXPECT_TRUE(simulator.cancel(cancelled)); });
  simulator.run();
  EXPECT_TRUE(log.empty());
  EXPECT_EQ(simulator.now(), ps(4));
  EXPECT_FALSE(simulator.cancel(cancelled));
}

TEST(Simulator, DoesNotRunWithinItself) {
  Simulator simulator;
  simulator.schedule_at(ps(1), [&] { simulator.run(); });
  EXPECT_THROW(simulator.run(), InternalError);
  simulator.run();  // the throw has left it usable
}

/// Says in the log when it is destroyed.
class Witness {
 public:
  Witness(std::string name, Log& log) : name_(std::move(name)), log_(log) {}
  ~Witness() { log_.push_back(name_); }
  Witness(const Witness&) = delete;
  Witness& operator=(const Witness&) = delete;

 private:
  std::string name_;
  Log& log_;
};

Task<> wait_inside(Event& event) { co_await event; }

Task<> hold(Event& event, std::string name, Log& log) {
  const Witness witness(name, log);
  co_await wait_inside(event);
}

// A process may refer to what belongs to the one that spawned it, so it goes first.
TEST(Simulator, DestroysWhatNeverEndsTheLastSpawnedFirst) {
  Log log;
  std::optional<Process> outlives;
  {
    Simulator simulator;
    Event never(simulator);  // gone before those who wait for it
    for (const char* name : {"a", "b", "c"}) outlives = spawn(simulator, hold(never, name, log));
    spawn(simulator, all_of({*outlives, *outlives}));
    spawn(simulator, hold(never, "spawned by nobody's handle", log));
    simulator.run();
    EXPECT_EQ(simulator.unfinished_processes(), 5U);
  }
  EXPECT_EQ(log, (Log{"spawned by nobody's handle", "c", "b", "a"}));
  EXPECT_FALSE(outlives->done());
}

Task<> hold_for(Simulator& simulator, Time time, std::string name, Log& log) {
  const Witness witness(name, log);
  co_await delay(simulator, time);
}

TEST(Simulator, DropsEventsThatNeverCame) {
  const auto held = std::make_shared<int>();
  Log log;
  {
    Simulator simulator;
    spawn(simulator, hold_for(simulator, ps(9), "late", log));
    simulator.schedule_at(ps(9), [held] {});
    simulator.run_until(ps(5));
    EXPECT_EQ(held.use_count(), 2);
  }
  EXPECT_EQ(held.use_count(), 1);
  EXPECT_EQ(log, Log{"late"});
}

TEST(Simulator, AProcessHoldsItsOwnOnlyUntilItEnds) {
  Log log;
  Simulator simulator;
  const Process ended = spawn(simulator, hold_for(simulator, ps(1), "ended", log));
  simulator.run();
  EXPECT_EQ(log, Log{"ended"});
}

Task<> spawn_more(Simulator& simulator, std::uint64_t seed, int generations, Log& log) {
  RandomStream random(seed, "family", static_cast<std::uint64_t>(generations));
  std::vector<Process> children;
  for (std::uint64_t i = 0; i < 1 + random.below(3) && generations > 0; ++i) {
    children.push_back(spawn(simulator, spawn_more(simulator, seed + i, generations - 1, log)));
    co_await delay(simulator, ps(static_cast<std::int64_t>(random.below(4))));
  }
  co_await all_of(std::move(children));
  log.push_back(std::to_string(generations) + "@" + std::to_string(simulator.now().count()));
}

Log family_log(std::uint64_t seed) {
  Simulator simulator;
  Log log;
  spawn(simulator, spawn_more(simulator, seed, 6, log));
  simulator.run();
  EXPECT_EQ(simulator.unfinished_processes(), 0U);
  return log;
}

TEST(Simulator, SameSeedSameRunAlsoBesideOthers) {
  for (const std::uint64_t seed : seeds(5)) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const Log alone = family_log(seed);

    // Step by step, in turn with another.
    Simulator a, b;
    Log log_a, log_b;
    spawn(a, spawn_more(a, seed, 6, log_a));
    spawn(b, spawn_more(b, seed + 1, 6, log_b));
    for (std::int64_t time = 0; a.unfinished_processes() + b.unfinished_processes() > 0; ++time) {
      a.run_until(ps(time));
      b.run_until(ps(time));
    }
    EXPECT_EQ(log_a, alone);
    EXPECT_EQ(log_b, family_log(seed + 1));

    // In threads.
    std::vector<Log> logs(4);
    std::vector<std::thread> threads;
    for (Log& log : logs) threads.emplace_back([&log, seed] { log = family_log(seed); });
    for (std::thread& thread : threads) thread.join();
    for (const Log& log : logs) EXPECT_EQ(log, alone);
  }
}

}  // namespace
}  // namespace syncline::sim
