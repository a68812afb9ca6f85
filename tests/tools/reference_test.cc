// docs/ says what the program says of itself.
#include <gtest/gtest.h>

#include <sstream>

#include "tests/read_file.h"
#include "tests/tools/program.h"

namespace syncline::tools {
namespace {

void expect_document(const std::string& document, const std::string& file) {
  const ProgramResult result = Workplace().run({"reference", document});
  ASSERT_EQ(result.code, 0) << result.err;
  std::istringstream kept(read_file(std::string(SYNCLINE_SOURCE_DIR) + "/" + file));
  std::istringstream printed(result.out);
  std::string kept_line, printed_line;
  while (std::getline(printed, printed_line)) {
    const bool there = static_cast<bool>(std::getline(kept, kept_line));
    ASSERT_TRUE(there && kept_line == printed_line) << file << " is out of date: syncline reference " << document << " > " << file
                                                    << "\nit has:     " << kept_line << "\nprinted is: " << printed_line;
  }
  EXPECT_FALSE(std::getline(kept, kept_line)) << file << " has more lines than are printed";
}

TEST(Reference, CommandsAreUpToDate) { expect_document("commands", "docs/commands.md"); }
TEST(Reference, TellsWhereNamesAreLookedFor) {
  EXPECT_NE(Workplace().run({"reference", "commands"}).out.find("environment variable `SYNCLINE_DATA`"), std::string::npos);
}
TEST(Reference, ScenarioFormatIsUpToDate) { expect_document("scenario", "docs/scenario-format.md"); }

// By `syncline reference measured > scenarios/measured/README.md`.
TEST(Reference, MeasuredScenariosAreUpToDate) { expect_document("measured", "scenarios/measured/README.md"); }

}  // namespace
}  // namespace syncline::tools
