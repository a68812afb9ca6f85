#include "scenarios/profile_text.h"

#include <gtest/gtest.h>

#include "scenarios/scenario.h"
#include "tests/temporary_folder.h"

namespace syncline::scenarios {
namespace {

models::LayerProfile profile() {
  models::LayerProfile result;
  result.title = "a \"title\" with \\ and\ttab";
  result.model = "layers";
  result.device = "é";
  result.date = "2026-01-02";
  result.source = "line\nand line";
  result.batch = 7;
  result.update = Time::picoseconds(1);
  result.layers = {{"a", Time::picoseconds(1'234'567'890'123), Time::zero(), {}, {{3, 4}, {5}}},
                   {"b \"c\"", Time::microseconds(10), Time::milliseconds(20), {}, {}}};
  return result;
}

void expect_same(const models::LayerProfile& read) {
  const models::LayerProfile written = profile();
  EXPECT_EQ(read.title, written.title);
  EXPECT_EQ(read.model, written.model);
  EXPECT_EQ(read.device, written.device);
  EXPECT_EQ(read.date, written.date);
  EXPECT_EQ(read.source, written.source);
  EXPECT_EQ(read.batch, written.batch);
  EXPECT_EQ(read.update, written.update);
  ASSERT_EQ(read.layers.size(), written.layers.size());
  for (std::size_t i = 0; i < read.layers.size(); ++i) {
    EXPECT_EQ(read.layers[i].name, written.layers[i].name);
    EXPECT_EQ(read.layers[i].forward, written.layers[i].forward);
    EXPECT_EQ(read.layers[i].backward, written.layers[i].backward);
    EXPECT_EQ(read.layers[i].parameters, written.layers[i].parameters);
  }
}

const std::string kHead = "networks = [\"10gbe\"]\n[[method]]\nname = \"s-sgd\"\n[training]\ntrain = false\nmodel = \"layers\"\n";

TEST(ProfileText, AFileIsReadBackTheSame) {
  const TemporaryFolder folder;
  folder.write("p.toml", profile_text(profile()));
  expect_same(*load_scenario(folder.write("s.toml", kHead + "profile = \"p.toml\"\n")).compute.profile);
}

TEST(ProfileText, ASectionIsReadBackTheSame) {
  const TemporaryFolder folder;
  expect_same(*load_scenario(folder.write("s.toml", kHead + profile_text(profile(), "training.profile"))).compute.profile);
}

}  // namespace
}  // namespace syncline::scenarios
