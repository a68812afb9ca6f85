// The double binary tree between its bounds: from below by its pieces' way, from above by how many messages share a link.
#include "network/collectives/double_tree.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "network/builders.h"
#include "network/collective_timing.h"
#include "network/collectives/rows.h"

namespace syncline::network {
namespace {

ScheduleRequest request_for(int ranks, std::int64_t elements) { return {ranks, elements, {}, {}}; }

// An actor is at one step at a time, so that its rank has at most the most that each of its two actors has at any of them.
TEST(DoubleTree, AtMostFourMessagesAreOnALink) {
  std::size_t most = 0;
  for (int ranks = 1; ranks <= 70; ++ranks) {
    const Schedule schedule = kDoubleTreeAllReduce.schedule(request_for(ranks, 5 * kPieceElements));
    std::vector<std::size_t> sent(static_cast<std::size_t>(schedule.actors())), received = sent;
    Moves moves;
    for (int actor = 0; actor < schedule.actors(); ++actor) {
      const auto a = static_cast<std::size_t>(actor);
      for (int step = 0; step < schedule.steps; ++step) {
        schedule.moves(actor, step, moves);
        sent[a] = std::max(sent[a], moves.sends.size());
        received[a] = std::max(received[a], moves.receives.size());
      }
    }
    for (int rank = 0; rank < ranks; ++rank) {
      const auto first = static_cast<std::size_t>(rank), second = static_cast<std::size_t>(rank + ranks);
      most = std::max({most, sent[first] + sent[second], received[first] + received[second]});
    }
  }
  EXPECT_EQ(most, static_cast<std::size_t>(DoubleTree::kMostOnALink));
}

TEST(DoubleTree, TakesNoLongerThanItsBoundOnEqualLinks) {
  for (const Time latency : {Time::zero(), Time::microseconds(3)}) {
    const LinkSpec link{Bandwidth::bytes_per_second(1.3e9), latency};
    for (const int ranks : {1, 2, 3, 4, 5, 6, 7, 8, 11, 16, 17, 32, 33}) {
      for (const std::int64_t parts : {0, 1, 1000, 40'000, 777'777}) {
        const ScheduleRequest request = request_for(ranks, parts * ranks);
        const double alpha = 2 * latency.seconds(), rate = link.bandwidth.in_bytes_per_second();
        const DoubleTree tree(request);
        const CollectiveTime time =
            time_collective(star(ranks, link), {}, {kDoubleTreeAllReduce.name, Bytes(request.elements)}, Reckoning::exact);
        const double rounding = 1e-12 * 8 * (1 + tree.steps());
        EXPECT_GE(time.most.seconds(), tree.least_seconds(alpha, rate) - rounding) << ranks << " ranks, " << request.elements;
        EXPECT_LE(time.most.seconds(), tree.most_seconds(alpha, rate) + rounding) << ranks << " ranks, " << request.elements;
      }
    }
  }
}

TEST(DoubleTree, HasRanksThatSendTheVectorTwice) {
  for (int ranks = 4; ranks <= 70; ++ranks) EXPECT_EQ(DoubleTree(request_for(ranks, 1000)).most_sent(), 2000) << ranks;
  EXPECT_EQ(DoubleTree(request_for(3, 1000)).most_sent(), 1500);
  EXPECT_EQ(DoubleTree(request_for(2, 1000)).most_sent(), 1000);
}

// By hand: 4 ranks and 2 MB, so 4 pieces of each half. With little latency the busiest link's four halves count, with much of it
// the steps: 3 of the leaf's, and 2 * 2 of the last piece.
TEST(DoubleTree, TakesItsBytesOrItsStepsAtLeast) {
  const DoubleTree tree(request_for(4, 2'000'000));
  EXPECT_EQ(tree.most_sent(), 4'000'000);
  EXPECT_DOUBLE_EQ(tree.least_seconds(0, 1e9), 0.004);
  EXPECT_DOUBLE_EQ(tree.least_seconds(1e-6, 1e9), 0.004001);
  const double last = 1e6 - 3 * 262'144;
  EXPECT_DOUBLE_EQ(tree.least_seconds(1, 1e9), 3 * (1 + 262'144e-9) + 4 * (1 + last * 1e-9));
}

// Which is near what it takes: played, at most twice as long, and 1.15 times for vectors of 16 MB at low latency.
TEST(DoubleTree, TakesNotMuchLongerThanItsFormula) {
  for (const int ranks : {2, 3, 4, 7, 8, 16, 32}) {
    const LinkSpec link{Bandwidth::bytes_per_second(1.25e9), Time::microseconds(5)};
    for (const std::int64_t bytes : {0, 1000, 100'000, 400'000, 2'000'000, 16'000'000}) {
      const CollectiveTime time =
          time_collective(star(ranks, link), {}, {kDoubleTreeAllReduce.name, Bytes(bytes)}, Reckoning::exact);
      EXPECT_LE(time.most.seconds(), (bytes == 16'000'000 ? 1.15 : 2) * time.closed_form.seconds())
          << ranks << " ranks, " << bytes << " bytes";
    }
  }
}

// 16 ranks, 64 MB: 123 pieces of each half and 8 steps of depth or so more are at most 8 % above 2 S/B.
TEST(DoubleTree, TakesTwiceTheVectorForLongOnes) {
  const DoubleTree tree(request_for(16, 64'000'000));
  EXPECT_GE(tree.most_seconds(0, 1e9), 2 * 0.064);
  EXPECT_LE(tree.most_seconds(0, 1e9), 2 * 0.064 * 1.08);
}

}  // namespace
}  // namespace syncline::network
