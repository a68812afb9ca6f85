// docs/ says what the program says of itself.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tests/tools/program.h"

namespace syncline::tools {
namespace {

void expect_document(const std::string& document, const std::string& file) {
  const ProgramResult result = Workplace().run({"reference", document});
  ASSERT_EQ(result.code, 0) << result.err;
  std::ostringstream text;
  text << std::ifstream(std::string(SYNCLINE_SOURCE_DIR) + "/" + file).rdbuf();
  EXPECT_EQ(text.str(), result.out) << file << " is out of date: syncline reference " << document << " > " << file;
}

TEST(Reference, CommandsAreUpToDate) { expect_document("commands", "docs/commands.md"); }
TEST(Reference, ScenarioFormatIsUpToDate) { expect_document("scenario", "docs/scenario-format.md"); }

}  // namespace
}  // namespace syncline::tools
