#include "tools/output_file.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>

#include "sim/error.h"
#include "tests/tools/program.h"

namespace syncline::tools {
namespace {

TEST(OutputFile, AppearsUnderItsNameOnlyWhenCommitted) {
  const Workplace place;
  OutputFile file("--json", place.path("out"));
  file.write("all of it");
  for (const std::string& name : place.files()) EXPECT_NE(name, "out");
  file.commit();
  EXPECT_EQ(place.files(), std::vector<std::string>{"out"});
  EXPECT_EQ(place.read("out"), "all of it");
}

TEST(OutputFile, LeavesNothingAndTouchesNothingWithoutCommit) {
  const Workplace place;
  place.write("out", "of yesterday");
  { OutputFile("--json", place.path("out")).write("half of"); }
  EXPECT_EQ(place.files(), std::vector<std::string>{"out"});
  EXPECT_EQ(place.read("out"), "of yesterday");
}

TEST(OutputFile, LeavesNothingWhenInterrupted) {
  const Workplace place;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    EXPECT_EXIT(
        {
          OutputFile json("--json", place.path("out"));
          OutputFile trace("--trace", place.path("trace"));
          if (place.files().size() == 2) std::raise(signal);
        },
        testing::KilledBySignal(signal), "");
    EXPECT_TRUE(place.files().empty()) << signal;
  }
}

TEST(OutputFile, FollowsALink) {
  const Workplace place;
  place.write("target", "of yesterday");
  std::filesystem::create_symlink("target", place.path("link"));
  OutputFile file("--json", place.path("link"));
  file.write("of today");
  file.commit();
  EXPECT_TRUE(std::filesystem::is_symlink(place.path("link")));
  EXPECT_EQ(place.read("target"), "of today");
}

// As /dev/stdout does where standard output is a pipe: the link has no name at its end.
TEST(OutputFile, WritesThroughALinkToAPipe) {
  std::array<int, 2> ends{};
  ASSERT_EQ(pipe(ends.data()), 0);
  OutputFile file("--json", "/proc/self/fd/" + std::to_string(ends[1]));
  file.write("all of it");
  file.commit();
  std::array<char, 9> text{};
  EXPECT_EQ(read(ends[0], text.data(), text.size()), 9);
  EXPECT_EQ(std::string(text.data(), text.size()), "all of it");
  for (const int end : ends) close(end);
}

TEST(OutputFile, TellsAtOnceWhatCannotBeWritten) {
  const Workplace place;
  EXPECT_THROW(OutputFile("--json", place.path("no/out")), UserError);
  EXPECT_THROW(OutputFile("--json", place.path()), UserError);
  EXPECT_THROW(OutputFile("--json", ""), UserError);
}

}  // namespace
}  // namespace syncline::tools
