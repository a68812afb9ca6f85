#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "sim/process.h"

namespace syncline::sim {
namespace {

using Log = std::vector<std::string>;

Time ns(std::int64_t n) { return Time::nanoseconds(n); }

Task<> wait_and_log(Simulator& simulator, Time time, std::string name, Log& log) {
  co_await delay(simulator, time);
  log.push_back(name + "@" + std::to_string(simulator.now().count() / 1000));
}

Task<> fail_after(Simulator& simulator, Time time) {
  co_await delay(simulator, time);
  throw std::runtime_error("failed");
}

TEST(Process, DelaysRunInOrderOfTimeThenOfStart) {
  Simulator simulator;
  Log log;
  spawn(simulator, wait_and_log(simulator, ns(2), "a", log));
  spawn(simulator, wait_and_log(simulator, ns(1), "b", log));
  spawn(simulator, wait_and_log(simulator, ns(2), "c", log));
  spawn(simulator, wait_and_log(simulator, Time::zero(), "d", log));
  EXPECT_TRUE(log.empty());
  simulator.run();
  EXPECT_EQ(log, (Log{"d@0", "b@1", "a@2", "c@2"}));
  EXPECT_EQ(simulator.unfinished_processes(), 0U);
}

Task<int> answer(Simulator& simulator) {
  co_await delay(simulator, ns(3));
  co_return 42;
}

Task<> ask(Simulator& simulator, int& result) { result = co_await answer(simulator) + co_await answer(simulator); }

TEST(Process, TasksGiveValuesToWhoAwaitsThem) {
  Simulator simulator;
  int result = 0;
  const Process process = spawn(simulator, ask(simulator, result));
  EXPECT_FALSE(process.done());
  simulator.run();
  EXPECT_TRUE(process.done());
  EXPECT_EQ(result, 84);
  EXPECT_EQ(simulator.now(), ns(6));
}

Task<> wait_for(Event& event, std::string name, Log& log) {
  co_await event;
  log.push_back(name);
}

TEST(Process, AnEventWakesAllWhoWaitInTheirOrder) {
  Simulator simulator;
  Log log;
  Event event(simulator);
  spawn(simulator, wait_for(event, "first", log));
  spawn(simulator, wait_for(event, "second", log));
  simulator.run();
  EXPECT_TRUE(log.empty());
  EXPECT_EQ(simulator.unfinished_processes(), 2U);
  event.trigger();
  event.trigger();  // once is enough
  simulator.run();
  EXPECT_EQ(log, (Log{"first", "second"}));
  spawn(simulator, wait_for(event, "late", log));  // needs no wait at all
  EXPECT_EQ(log.back(), "late");
}

Task<> all(std::vector<Process> processes, Simulator& simulator, Log& log) {
  co_await all_of(std::move(processes));
  log.push_back("all@" + std::to_string(simulator.now().count() / 1000));
}

Task<> any(std::vector<Process> processes, Simulator& simulator, Log& log) {
  const std::size_t first = co_await any_of(std::move(processes));
  log.push_back("any " + std::to_string(first) + "@" + std::to_string(simulator.now().count() / 1000));
}

TEST(Process, AllOfWaitsForTheLastAnyOfForTheFirst) {
  Simulator simulator;
  Log log, ignored;
  std::vector<Process> processes;
  for (const int n : {5, 2, 9, 2}) processes.push_back(spawn(simulator, wait_and_log(simulator, ns(n), "", ignored)));
  spawn(simulator, all(processes, simulator, log));
  spawn(simulator, any(processes, simulator, log));
  spawn(simulator, all({}, simulator, log));
  simulator.run();
  EXPECT_EQ(log, (Log{"all@0", "any 1@2", "all@9"}));
}

Task<> trigger_and_log(Simulator& simulator, Event& event, Log& log) {
  co_await delay(simulator, Time::zero());
  event.trigger();
  log.push_back("triggered");
  co_await delay(simulator, Time::zero());
  log.push_back("after those woken");
}

// What happens at one instant happens in the order in which it was brought about.
TEST(Process, AnInstantHasItsOrder) {
  Simulator simulator;
  Log log;
  Event event(simulator);
  spawn(simulator, wait_for(event, "woken first", log));
  spawn(simulator, trigger_and_log(simulator, event, log));
  spawn(simulator, wait_and_log(simulator, Time::zero(), "due before the trigger", log));
  spawn(simulator, wait_for(event, "woken second", log));
  simulator.run();
  EXPECT_EQ(log, (Log{"triggered", "due before the trigger@0", "woken first", "woken second", "after those woken"}));
  EXPECT_EQ(simulator.now(), Time::zero());
}

TEST(Process, ADelayIntoThePastIsAnError) {
  Simulator simulator;
  Log log;
  spawn(simulator, wait_and_log(simulator, Time::picoseconds(-1), "never", log));
  EXPECT_THROW(simulator.run(), InternalError);
  EXPECT_TRUE(log.empty());
}

Task<> chain(Simulator& simulator, int length, Log& log) {
  if (length > 0) co_await spawn(simulator, chain(simulator, length - 1, log));
  log.push_back(std::to_string(length));
  co_await delay(simulator, ns(1));
}

TEST(Process, ProcessesAwaitWhatTheySpawn) {
  Simulator simulator;
  Log log;
  spawn(simulator, chain(simulator, 3, log));
  EXPECT_EQ(log, Log{"0"});  // a process runs at once, until it first waits
  simulator.run();
  EXPECT_EQ(log, (Log{"0", "1", "2", "3"}));
  EXPECT_EQ(simulator.now(), ns(4));
}

TEST(Process, AFailureReachesWhoAwaitsIt) {
  Simulator simulator;
  Log log;
  const auto expect_failure = [](Process process, Log& seen) -> Task<> {
    try {
      co_await process;
    } catch (const std::runtime_error& error) {
      seen.push_back(error.what());
    }
  };
  spawn(simulator, expect_failure(spawn(simulator, fail_after(simulator, ns(1))), log));
  simulator.run();
  EXPECT_EQ(log, Log{"failed"});
}

TEST(Process, AFailureThatNobodyAwaitsEndsTheRun) {
  Simulator simulator;
  spawn(simulator, fail_after(simulator, ns(1)));
  EXPECT_THROW(simulator.run(), std::runtime_error);
}

TEST(Process, SimulatorsKnowNothingOfEachOther) {
  Simulator a, b;
  Log log;
  spawn(a, wait_and_log(a, ns(1), "a", log));
  spawn(b, wait_and_log(b, ns(2), "b", log));
  b.run();
  a.run();
  EXPECT_EQ(log, (Log{"b@2", "a@1"}));
}

// Under the address sanitizer, what is not destroyed is a leak.
TEST(Process, ASimulatorDestroysWhatNeverEnds) {
  Simulator simulator;
  Log log;
  Event never(simulator);
  spawn(simulator, wait_for(never, "never", log));
  simulator.run();
  EXPECT_EQ(simulator.unfinished_processes(), 1U);
}

TEST(Simulator, RefusesThePast) {
  Simulator simulator;
  simulator.schedule_at(ns(5), [&] { EXPECT_THROW(simulator.schedule_at(ns(4), [] {}), InternalError); });
  simulator.run();
  EXPECT_THROW(simulator.schedule_after(Time::max(), [] {}), InternalError);
  EXPECT_EQ(simulator.events_run(), 1U);
}

}  // namespace
}  // namespace syncline::sim
