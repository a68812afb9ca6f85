// Lazy clocks against clocks that all go step by step, and how little is reckoned for a ring in which one differs.
#include "network/lazy_clocks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/random.h"
#include "tests/seeds.h"

namespace syncline::network {
namespace {

using Clock = LazyClocks::Clock;

struct End {
  std::size_t peer = 0;
  Clock duration = 0;
};

struct System {
  std::vector<Clock> joined;            // [actor]
  std::vector<std::vector<End>> ends;   // [actor] messages at each step
  std::vector<std::int64_t> runs = {};  // steps, taken one after the other
};

void join(System& system, std::size_t a, std::size_t b, Clock duration) {
  system.ends[a].push_back({b, duration});
  system.ends[b].push_back({a, duration});
}

/// [actor][step] the clock after it.
using Story = std::vector<std::vector<Clock>>;

Clock after_step(const std::vector<End>& ends, Clock now, const auto& clock_of) {
  Clock after = now;
  for (const End& end : ends) after = std::max(after, std::max<Clock>(now, clock_of(end.peer)) + end.duration);
  return after;
}

Story step_by_step(const System& system) {
  std::vector<Clock> clocks = system.joined;
  Story story(clocks.size());
  for (const std::int64_t run : system.runs) {
    for (std::int64_t step = 0; step < run; ++step) {
      const std::vector<Clock> before = clocks;
      for (std::size_t a = 0; a < clocks.size(); ++a) {
        clocks[a] = after_step(system.ends[a], before[a], [&](std::size_t peer) { return before[peer]; });
        story[a].push_back(clocks[a]);
      }
    }
  }
  return story;
}

struct Told {
  Story story;
  std::int64_t work = 0;
};

/// As it is told, step by step and by repetition.
Told lazily(const System& system) {
  LazyClocks clocks(system.joined);
  Told told{Story(system.joined.size()), 0};
  for (const std::int64_t run : system.runs) {
    clocks.take(
        run,
        [&](std::size_t actor, auto&& f) {
          for (const End& end : system.ends[actor]) f(end.peer);
        },
        [&](std::size_t actor) {
          const Clock after = after_step(system.ends[actor], clocks[actor], [&](std::size_t peer) { return clocks[peer]; });
          told.story[actor].push_back(after);
          return after;
        },
        [&](std::size_t actor, std::int64_t times, Clock gain) {
          for (; times > 0; --times) told.story[actor].push_back(told.story[actor].back() + gain);
        });
    for (std::size_t a = 0; a < clocks.actors(); ++a) EXPECT_EQ(clocks[a], told.story[a].back());
  }
  told.work = clocks.work();
  return told;
}

/// Each sends to the next, which takes as long as given, at 2(n - 1) steps.
System ring(const std::vector<Clock>& durations, const std::vector<Clock>& joined) {
  const std::size_t n = durations.size();
  System system{joined, std::vector<std::vector<End>>(n), {2 * static_cast<std::int64_t>(n - 1)}};
  for (std::size_t a = 0; a < n; ++a) join(system, a, (a + 1) % n, durations[a]);
  return system;
}

System random_system(std::uint64_t seed) {
  sim::RandomStream random(seed, "lazy clocks");
  const std::size_t actors = 1 + random.below(25);
  System system;
  const std::uint64_t late = random.below(3), kinds = 1 + random.below(4);
  for (std::size_t a = 0; a < actors; ++a) {
    system.joined.push_back(late == 0 || (late == 1 && a > 0) ? 0 : static_cast<Clock>(random.below(100)));
  }
  system.ends.resize(actors);
  const bool in_ring = random.below(2) == 0;
  const auto duration = [&] { return static_cast<Clock>(random.below(kinds) * random.below(12)); };
  for (std::size_t a = 0; in_ring && actors > 1 && a < actors; ++a) join(system, a, (a + 1) % actors, 5 + duration());
  for (std::uint64_t more = in_ring ? random.below(3) : random.below(2 * actors); more > 0; --more) {
    join(system, random.below(actors), random.below(actors), duration());
  }
  for (std::uint64_t runs = 1 + random.below(3); runs > 0; --runs) {
    system.runs.push_back(1 + static_cast<std::int64_t>(random.below(60)));
  }
  return system;
}

TEST(LazyClocks, TellWhatClocksStepByStepTell) {
  for (const std::uint64_t seed : seeds(3000)) {
    const System system = random_system(seed);
    ASSERT_EQ(lazily(system).story, step_by_step(system)) << "SYNCLINE_TEST_SEED=" << seed;
  }
}

// Where one link is slower or one rank is late, a front of four or six ranks goes around to where both its ends meet.
TEST(LazyClocks, AreLinearInARingWhereOneDiffers) {
  for (const std::int64_t n : {8, 100, 1000}) {
    const auto size = static_cast<std::size_t>(n);
    std::vector<Clock> equal(size, 10), one_slow = equal, one_fast = equal, together(size, 0), one_late = together;
    one_slow[size / 3] = 17;
    one_fast[size / 3] = 3;
    one_late[size / 4] = 1234;
    const auto work = [](const std::vector<Clock>& durations, const std::vector<Clock>& joined) {
      const System system = ring(durations, joined);
      const Told told = lazily(system);
      EXPECT_EQ(told.story, step_by_step(system));
      return told.work;
    };
    EXPECT_EQ(work(equal, together), n);
    EXPECT_EQ(work(one_fast, together), n);
    EXPECT_LE(work(one_slow, together), n + 4 * (n / 2 + 1));
    EXPECT_LE(work(equal, one_late), n + 6 * (n / 2 + 1));
    EXPECT_LE(work(one_slow, one_late), n + 10 * (2 * n));
  }
}

// All links differ, in no order: far below the n^2 of all steps.
TEST(LazyClocks, ReckonFewStepsOfARingWhoseLinksDifferInNoOrder) {
  constexpr std::uint64_t kSeed = 1;
  sim::RandomStream random(kSeed, "ring");
  constexpr std::size_t kRanks = 2000;
  std::vector<Clock> durations;
  for (std::size_t a = 0; a < kRanks; ++a) durations.push_back(static_cast<Clock>(1'000'000 + random.below(1'000'000)));
  const System system = ring(durations, std::vector<Clock>(kRanks, 0));
  const Told told = lazily(system);
  EXPECT_EQ(told.story, step_by_step(system));
  RecordProperty("work over ranks", std::to_string(static_cast<double>(told.work) / kRanks));
  EXPECT_LT(told.work, static_cast<std::int64_t>(kRanks) * 2 * static_cast<std::int64_t>(kRanks) / 20) << "seed " << kSeed;
}

}  // namespace
}  // namespace syncline::network
