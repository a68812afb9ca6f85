#include "tools/real/handshake.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/error.h"
#include "tests/tools/real/thread_transport.h"

namespace syncline::tools {
namespace {

using testing::HasSubstr;

RankFacts facts(const std::string& version, const std::string& host, const std::string& gpu) {
  return {{{"version", version}, {"scenario", "a"}}, host, gpu};
}

TEST(Handshake, IsContentWithEqualsOnGpusOfTheirOwn) {
  EXPECT_EQ(disagreement({facts("1", "a", "x"), facts("1", "a", "y"), facts("1", "b", "x")}), "");
  EXPECT_EQ(disagreement({facts("1", "a", ""), facts("1", "a", "")}), "") << "who needs no GPU shares none";
}

TEST(Handshake, NamesWhoHasAnotherVersion) {
  EXPECT_EQ(disagreement({facts("1", "a", ""), facts("1", "b", ""), facts("2", "c", "")}),
            "ranks differ in their version: '1' on rank 0 (a), '2' on rank 2 (c)");
}

TEST(Handshake, NamesWhoShareAGpu) {
  EXPECT_EQ(disagreement({facts("1", "a", "x"), facts("1", "b", "x"), facts("1", "a", "x")}),
            "ranks 0 and 2 have the same GPU x of host a: each needs one of its own");
}

TEST(Handshake, FailsOnEveryRankAlike) {
  for (int rank = 0; rank < 3; ++rank) {
    std::vector<std::string> said(3);
    on_ranks(3, [&](Transport& transport) {
      try {
        shake_hands(transport, facts(transport.rank() == rank ? "2" : "1", "a", ""));
      } catch (const UserError& error) {
        said[static_cast<std::size_t>(transport.rank())] = error.what();
      }
    });
    EXPECT_THAT(said, testing::Each(testing::AllOf(HasSubstr("ranks differ in their version"), testing::Eq(said[0]))));
  }
}

TEST(Handshake, FingerprintsTellTextsApart) {
  EXPECT_EQ(fingerprint(""), "cbf29ce484222325");   // FNV-1a's offset basis
  EXPECT_EQ(fingerprint("a"), "af63dc4c8601ec8c");  // of the algorithm's published test vectors
  EXPECT_NE(fingerprint("workers = 4"), fingerprint("workers = 5"));
}

}  // namespace
}  // namespace syncline::tools
