#include "sim/task.h"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>

#include "sim/process.h"

namespace syncline::sim {
namespace {

Task<int> ready(int value) { co_return value; }

Task<> add_up(int count, std::int64_t& sum) {
  for (int i = 0; i < count; ++i) sum += co_await ready(i);
}

// A stack that grew with each of them would not hold a million.
TEST(Task, AMillionReadyTasksNeedNoDeepStack) {
  Simulator simulator;
  std::int64_t sum = 0;
  EXPECT_TRUE(spawn(simulator, add_up(1'000'000, sum)).done());
  EXPECT_EQ(sum, std::int64_t{999'999} * 500'000);
}

Task<> hop(Simulator& simulator, int i) {
  if (i % 2 == 0) co_await delay(simulator, Time::picoseconds(1));
}

Task<> hops(Simulator& simulator, int count) {
  for (int i = 0; i < count; ++i) co_await hop(simulator, i);
}

TEST(Task, NorDoTasksThatWaitNowAndThen) {
  Simulator simulator;
  const Process process = spawn(simulator, hops(simulator, 400'000));
  simulator.run();
  EXPECT_TRUE(process.done());
  EXPECT_EQ(simulator.now(), Time::picoseconds(200'000));
}

Task<> note(bool& started) {
  started = true;
  co_return;
}

TEST(Task, DoesNothingUntilItIsAwaited) {
  Simulator simulator;
  bool started = false;
  { const Task<> dropped = note(started); }
  EXPECT_FALSE(started);
  Task<> task = note(started);
  spawn(simulator, std::move(task));
  EXPECT_TRUE(started);
}

Task<std::unique_ptr<int>> make(int value) { co_return std::make_unique<int>(value); }

Task<> take(int& taken) { taken = *co_await make(5); }

TEST(Task, ItsValueNeedNotBeCopyable) {
  Simulator simulator;
  int taken = 0;
  spawn(simulator, take(taken));
  EXPECT_EQ(taken, 5);
}

Task<int> fail(Simulator& simulator, Time after) {
  if (after > Time::zero()) co_await delay(simulator, after);
  throw std::runtime_error("failed at " + std::to_string(simulator.now().count()));
}

Task<int> pass_on(Simulator& simulator, Time after) { co_return 1 + co_await fail(simulator, after); }

Task<> catch_it(Simulator& simulator, Time after, std::string& caught) {
  try {
    co_await pass_on(simulator, after);
  } catch (const std::runtime_error& error) {
    caught = error.what();
  }
}

TEST(Task, AnExceptionClimbsThroughAllWhoAwait) {
  Simulator simulator;
  std::string at_once, later;
  spawn(simulator, catch_it(simulator, Time::zero(), at_once));
  EXPECT_EQ(at_once, "failed at 0");
  spawn(simulator, catch_it(simulator, Time::picoseconds(7), later));
  simulator.run();
  EXPECT_EQ(later, "failed at 7");
}

Task<> await_twice() {
  Task<int> task = ready(1);
  co_await task;
  co_await task;
}

TEST(Task, IsAwaitedOnce) {
  Simulator simulator;
  spawn(simulator, await_twice());
  EXPECT_THROW(simulator.run(), InternalError);
}

}  // namespace
}  // namespace syncline::sim
