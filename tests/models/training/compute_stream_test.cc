// The compute stream against work that is reckoned all at once, from the whole course of the communication.
#include "models/training/compute_stream.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sim/random.h"
#include "tests/seeds.h"

namespace syncline::models {
namespace {

struct Span {
  std::string name;
  Time begin, end;
};

struct Played {
  explicit Played(double slowdown)
      : stream(simulator, slowdown, [this](const ComputeStream::Piece& piece, Time begin, Time end) {
          spans.push_back({piece.name, begin, end});
        }) {}
  void work_at(std::int64_t at, std::int64_t work) {
    simulator.schedule_at(Time::picoseconds(at), [this, work] { stream.append({"backward", "w", Time::picoseconds(work)}); });
  }
  void communicate(std::int64_t begin, std::int64_t end) {
    simulator.schedule_at(Time::picoseconds(begin), [this] { stream.communication_begins(); });
    simulator.schedule_at(Time::picoseconds(end), [this] { stream.communication_ends(); });
  }
  sim::Simulator simulator;
  std::vector<Span> spans;
  ComputeStream stream;
};

TEST(ComputeStream, OnePieceAfterTheOther) {
  Played played(2);
  played.work_at(0, 100);
  played.work_at(10, 50);
  played.work_at(500, 5);
  played.simulator.run();
  ASSERT_EQ(played.spans.size(), 3u);
  EXPECT_EQ(played.spans[0].end.count(), 100);
  EXPECT_EQ(played.spans[1].begin.count(), 100);
  EXPECT_EQ(played.spans[1].end.count(), 150);
  EXPECT_EQ(played.spans[2].end.count(), 505);
}

// Of 100, 40 are done before; 60 of time with communication do 30; the last 30 are done after it.
TEST(ComputeStream, HalfTheRateWhileCommunicationIsUnderWay) {
  Played played(2);
  played.work_at(0, 100);
  played.communicate(40, 100);
  played.simulator.run();
  EXPECT_EQ(played.spans.at(0).end.count(), 130);
}

TEST(ComputeStream, TwoAtOnceSlowDownAsOneDoes) {
  Played played(2);
  played.work_at(0, 100);
  played.communicate(40, 80);
  played.communicate(60, 100);
  played.simulator.run();
  EXPECT_EQ(played.spans.at(0).end.count(), 130);
}

TEST(ComputeStream, ACommunicationThatEndsAsThePieceDoesOrTouchesTheNextChangesNothingElse) {
  Played played(3);
  played.work_at(0, 10);
  played.work_at(0, 10);
  played.communicate(0, 30);  // the first piece takes all of it
  played.communicate(40, 90);
  played.simulator.run();
  EXPECT_EQ(played.spans.at(0).end.count(), 30);
  EXPECT_EQ(played.spans.at(1).end.count(), 40);
}

TEST(ComputeStream, APieceOfNoWorkWaitsForItsTurn) {
  Played played(3);
  played.work_at(0, 10);
  played.work_at(0, 0);
  played.simulator.run();
  EXPECT_EQ(played.spans.at(1).begin.count(), 10);
  EXPECT_EQ(played.spans.at(1).end.count(), 10);
}

/// When work that begins at `begin` is done, by the whole list of communications, which do not overlap and are in order.
double end_of(double begin, double work, const std::vector<std::pair<double, double>>& communications, double slowdown) {
  double now = begin;
  for (const auto& [from, to] : communications) {
    if (to <= now) continue;
    const double before = std::max(from - now, 0.0);
    if (work <= before) return now + work;
    work -= before;
    now = std::max(now, from);
    const double done = (to - now) / slowdown;
    if (work <= done) return now + work * slowdown;
    work -= done;
    now = to;
  }
  return now + work;
}

TEST(ComputeStream, RandomWorkEndsWhenItsRateSaysSo) {
  for (const std::uint64_t seed : seeds(200)) {
    SCOPED_TRACE("SYNCLINE_TEST_SEED=" + std::to_string(seed));
    sim::RandomStream random(seed, "compute stream");
    const double slowdown = 1 + 3 * random.uniform();
    Played played(slowdown);
    std::vector<std::pair<double, double>> communications;
    std::int64_t at = 0;
    for (int i = 0; i < 30; ++i) {
      const std::int64_t begin = at + static_cast<std::int64_t>(1000 * random.uniform());
      at = begin + 1 + static_cast<std::int64_t>(1000 * random.uniform());
      communications.emplace_back(begin, at);
      played.communicate(begin, at);
    }
    std::vector<std::pair<std::int64_t, std::int64_t>> pieces;  // when it is appended, its work
    std::int64_t appended = 0;
    for (int i = 0; i < 30; ++i) {
      appended += static_cast<std::int64_t>(1000 * random.uniform());
      pieces.emplace_back(appended, static_cast<std::int64_t>(1000 * random.uniform()));
      played.work_at(pieces.back().first, pieces.back().second);
    }
    played.simulator.run();
    ASSERT_EQ(played.spans.size(), pieces.size());
    double free = 0;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      const double begin = std::max(free, static_cast<double>(pieces[i].first));
      free = end_of(begin, static_cast<double>(pieces[i].second), communications, slowdown);
      // Each of 60 changes of rate, and each of 30 ends, is late by less than a picosecond of work.
      EXPECT_GE(static_cast<double>(played.spans[i].end.count()), free - 1e-6);
      EXPECT_LE(static_cast<double>(played.spans[i].end.count()), free + 90 * slowdown);
    }
  }
}

}  // namespace
}  // namespace syncline::models
