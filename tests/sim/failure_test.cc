// Who gets to know that a process failed.
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "sim/process.h"

namespace syncline::sim {
namespace {

using Log = std::vector<std::string>;

Time ps(std::int64_t n) { return Time::picoseconds(n); }

Task<> end_at(Simulator& simulator, Time time) {
  if (time > simulator.now()) co_await delay(simulator, time - simulator.now());
}

Task<> fail_at(Simulator& simulator, Time time, std::string message) {
  if (time > simulator.now()) co_await delay(simulator, time - simulator.now());
  throw std::runtime_error(message);
}

template <class Wait>
Task<> log_failure(Simulator& simulator, Wait wait, Log& log) {
  try {
    co_await wait;
    log.push_back("no failure");
  } catch (const std::runtime_error& error) {
    log.push_back(std::string(error.what()) + "@" + std::to_string(simulator.now().count()));
  }
}

Task<> index_of_first(std::vector<Process> processes, Log& log) {
  const std::size_t first = co_await any_of(std::move(processes));
  log.push_back(std::to_string(first));
}

std::string what_run_throws(Simulator& simulator) {
  try {
    simulator.run();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

TEST(Failure, ReachesEveryOneWhoAwaits) {
  Simulator simulator;
  Log log;
  const Process failing = spawn(simulator, fail_at(simulator, ps(3), "a"));
  for (int i = 0; i < 3; ++i) spawn(simulator, log_failure(simulator, failing, log));
  simulator.run();
  EXPECT_EQ(log, (Log{"a@3", "a@3", "a@3"}));
  spawn(simulator, log_failure(simulator, failing, log));  // and whoever asks later
  EXPECT_EQ(log.back(), "a@3");
  EXPECT_TRUE(failing.done());
}

TEST(Failure, AtOnceStillReachesWhoAwaitsAtTheSameInstant) {
  Simulator simulator;
  Log log;
  const Process failing = spawn(simulator, fail_at(simulator, ps(0), "a"));
  EXPECT_TRUE(failing.done());
  spawn(simulator, log_failure(simulator, failing, log));
  EXPECT_EQ(what_run_throws(simulator), "");
  EXPECT_EQ(log, Log{"a@0"});
}

TEST(Failure, ThatNobodyAwaitsComesOutOfRunAndTheRestCanGoOn) {
  Simulator simulator;
  spawn(simulator, fail_at(simulator, ps(3), "a"));
  const Process other = spawn(simulator, end_at(simulator, ps(5)));
  EXPECT_EQ(what_run_throws(simulator), "a");
  EXPECT_EQ(simulator.now(), ps(3));
  EXPECT_FALSE(other.done());
  EXPECT_EQ(what_run_throws(simulator), "");
  EXPECT_TRUE(other.done());
  EXPECT_EQ(simulator.unfinished_processes(), 0U);
}

TEST(Failure, OfAnEventComesOutOfRun) {
  Simulator simulator;
  simulator.schedule_at(ps(1), [] { throw std::runtime_error("event"); });
  EXPECT_EQ(what_run_throws(simulator), "event");
  EXPECT_EQ(what_run_throws(simulator), "");
}

// The first process would be waited for in vain: the failure of the second must not wait behind it.
TEST(Failure, EndsAllOfAtOnce) {
  Simulator simulator;
  Log log;
  Event never(simulator);
  const auto wait = [](Event& event) -> Task<> { co_await event; };
  std::vector<Process> processes{spawn(simulator, wait(never)), spawn(simulator, fail_at(simulator, ps(2), "b"))};
  spawn(simulator, log_failure(simulator, spawn(simulator, all_of(processes)), log));
  simulator.run();
  EXPECT_EQ(log, Log{"b@2"});
  EXPECT_EQ(simulator.unfinished_processes(), 1U);
  never.trigger();  // all_of has left, nobody is woken in its place
  simulator.run();
  EXPECT_EQ(log.size(), 1U);
}

TEST(Failure, BeforeAllOfIsFoundByIt) {
  Simulator simulator;
  Log log;
  std::vector<Process> processes{spawn(simulator, end_at(simulator, ps(9))), spawn(simulator, fail_at(simulator, ps(0), "b"))};
  spawn(simulator, log_failure(simulator, spawn(simulator, all_of(processes)), log));
  EXPECT_EQ(what_run_throws(simulator), "");
  EXPECT_EQ(log, Log{"b@0"});
}

TEST(Failure, OfTheFirstIsAnyOfsFailure) {
  Simulator simulator;
  Log log;
  std::vector<Process> processes{spawn(simulator, end_at(simulator, ps(9))), spawn(simulator, fail_at(simulator, ps(2), "b"))};
  spawn(simulator, index_of_first(processes, log));
  EXPECT_EQ(what_run_throws(simulator), "b");
  EXPECT_TRUE(log.empty());
}

TEST(AnyOf, GivesTheLowestIndexOfAnInstant) {
  Simulator simulator;
  Log log;
  std::vector<Process> processes;
  for (const int end : {5, 3, 3, 4}) processes.push_back(spawn(simulator, end_at(simulator, ps(end))));
  spawn(simulator, index_of_first({processes[0], processes[2], processes[1]}, log));
  simulator.run();
  spawn(simulator, index_of_first(processes, log));  // all done: no wait
  EXPECT_EQ(log, (Log{"1", "0"}));
}

TEST(AnyOf, OfNothingIsAnError) {
  Simulator simulator;
  Log log;
  spawn(simulator, index_of_first({}, log));
  EXPECT_THROW(simulator.run(), InternalError);
}

TEST(AllOf, TakesOneProcessTwiceAndCountsIt) {
  Simulator simulator;
  const Process process = spawn(simulator, end_at(simulator, ps(2)));
  const Process both = spawn(simulator, all_of({process, process}));
  simulator.run();
  EXPECT_TRUE(both.done());
  EXPECT_EQ(simulator.now(), ps(2));
}

}  // namespace
}  // namespace syncline::sim
