// What is particular to trees over machines; that they sum is for the tests over all rows.
#include "network/collectives/machine_trees.h"

#include <gtest/gtest.h>

#include <map>
#include <utility>

namespace syncline::network {
namespace {

/// `machines` of `size` ranks.
ScheduleRequest request(int machines, int size, std::int64_t elements, std::int64_t piece) {
  ScheduleRequest result;
  result.ranks = machines * size;
  result.elements = elements;
  result.piece = piece;
  for (int rank = 0; rank < result.ranks; ++rank) result.host_of_rank.push_back(rank / size);
  return result;
}

/// [from machine, to another] elements in all steps.
std::map<std::pair<int, int>, std::int64_t> across(const ScheduleRequest& request) {
  const MachineTrees trees(request);
  std::map<std::pair<int, int>, std::int64_t> result;
  for (int step = 0; step < trees.steps(); ++step) {
    for (int actor = 0; actor < 2 * request.ranks; ++actor) {
      Moves moves;
      trees.add_step(moves, actor, step);
      for (const Piece& piece : moves.sends) {
        const auto from = static_cast<std::size_t>(actor % request.ranks),
                   to = static_cast<std::size_t>(piece.peer % request.ranks);
        if (request.host_of_rank[from] == request.host_of_rank[to]) continue;
        result[{request.host_of_rank[from], request.host_of_rank[to]}] += piece.count;
      }
    }
  }
  return result;
}

// Half up the one tree, half down the other: each machine of two sends the vector once, where a ring sends 2 (n - 1) / n of it.
TEST(MachineTrees, SendTheVectorOnceBetweenTwoMachines) {
  const auto sent = across(request(2, 8, 1000, 100));
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_EQ(sent.at({0, 1}), 1000);
  EXPECT_EQ(sent.at({1, 0}), 1000);
}

// Within a machine 7 hops, one across, up and down; pieces of 50 for halves of 500 follow one another.
TEST(MachineTrees, AreAsDeepAsAChainAndATreeOfMachines) {
  EXPECT_EQ(MachineTrees(request(2, 8, 1000, 100)).steps(), 2 * (7 + 1) + 9);
  EXPECT_EQ(MachineTrees(request(8, 1, 1000, 1000)).steps(), 2 * 3);
  EXPECT_EQ(MachineTrees(request(1, 8, 1000, 1000)).steps(), 2 * 7);
  EXPECT_EQ(MachineTrees(request(1, 1, 1000, 1000)).steps(), 0);
}

// Without pieces all hops are one after the other, with them the longest is what counts: (k - 1 + 2 d) pieces in a row.
TEST(MachineTrees, OverlapWhatIsInPieces) {
  const double whole = MachineTrees(request(2, 8, 1000, 1000)).least_seconds(0, 1.0);
  const double pieces = MachineTrees(request(2, 8, 1000, 100)).least_seconds(0, 1.0);
  EXPECT_EQ(whole, 16 * 500);
  EXPECT_EQ(pieces, 9 * 50 + 16 * 50);
}

}  // namespace
}  // namespace syncline::network
