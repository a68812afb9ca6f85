#include "tools/real/rendezvous.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <thread>

#include "sim/error.h"
#include "tests/temporary_folder.h"

namespace syncline::tools {
namespace {

TEST(FileRendezvous, GivesEveryRankAllTexts) {
  const TemporaryFolder folder;
  constexpr int kRanks = 5;
  std::vector<std::vector<std::string>> got(kRanks);
  std::vector<std::unique_ptr<FileRendezvous>> meetings;
  std::vector<std::thread> threads;
  for (int rank = 0; rank < kRanks; ++rank)
    meetings.push_back(std::make_unique<FileRendezvous>(folder.path("id"), Place{rank, kRanks, rank}));
  for (int rank = kRanks - 1; rank >= 0; --rank) {
    const auto r = static_cast<std::size_t>(rank);
    threads.emplace_back([&, r] { got[r] = meetings[r]->gather("rank\n" + std::to_string(r)); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& texts : got) {
    EXPECT_THAT(texts, testing::ElementsAre("rank\n0", "rank\n1", "rank\n2", "rank\n3", "rank\n4"));
  }
  EXPECT_FALSE(folder.files().empty());
  meetings.clear();
  EXPECT_THAT(folder.files(), testing::IsEmpty()) << "what a run leaves would be taken for the next one's";
}

// A rank that has read all goes away at once, as where ranks find that they disagree: the slower ones still find every text.
TEST(FileRendezvous, WaitsForTheSlowestToHaveRead) {
  for (int time = 0; time < 10; ++time) {
    const TemporaryFolder folder;
    constexpr int kRanks = 4;
    std::vector<std::size_t> got(kRanks);
    std::vector<std::thread> threads;
    for (int rank = 0; rank < kRanks; ++rank) {
      threads.emplace_back([&, rank] {
        std::this_thread::sleep_for(std::chrono::milliseconds(7 * ((rank + time) % kRanks)));
        got[static_cast<std::size_t>(rank)] = FileRendezvous(folder.path("id"), Place{rank, kRanks, rank}).gather("x").size();
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_THAT(got, testing::Each(kRanks));
    EXPECT_THAT(folder.files(), testing::IsEmpty());
  }
}

TEST(FileRendezvous, RefusesWhatAnotherRunLeft) {
  const TemporaryFolder folder;
  folder.write("id.0", "old");
  folder.write("id.0.read", "");
  FileRendezvous meeting(folder.path("id"), Place{0, 1, 0});
  EXPECT_THROW(meeting.gather("new"), UserError);
  EXPECT_EQ(folder.read("id.0"), "old");
  EXPECT_THAT(folder.files(), testing::ElementsAre("id.0")) << "its mark would say that this run has read";
}

TEST(Place, IsTakenFromWhatMpirunAndSrunLeave) {
  for (const char* name : {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK", "PMI_RANK", "PMI_SIZE"})
    unsetenv(name);
  unsetenv("SLURM_PROCID");
  EXPECT_THROW(place_of_environment(), UserError);
  setenv("SLURM_PROCID", "5", 1);
  setenv("SLURM_NTASKS", "8", 1);
  setenv("SLURM_LOCALID", "1", 1);
  const Place place = place_of_environment();
  EXPECT_EQ(place.rank, 5);
  EXPECT_EQ(place.size, 8);
  EXPECT_EQ(place.local_rank, 1);
  for (const char* name : {"SLURM_PROCID", "SLURM_NTASKS", "SLURM_LOCALID"}) unsetenv(name);
}

}  // namespace
}  // namespace syncline::tools
