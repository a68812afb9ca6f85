// Runs the built program in a folder of its own.
#pragma once

#include <string>
#include <vector>

#include "tests/temporary_folder.h"

namespace syncline::tools {

struct ProgramResult {
  int code = -1;  // exit code; -1 where the program was killed
  std::string out, err;
};

/// A folder to run the program in.
class Workplace : public TemporaryFolder {
 public:
  /// The program's files of output and errors lie elsewhere, so files() shows only what it made itself.
  ProgramResult run(const std::vector<std::string>& arguments) const { return run(arguments, logs_.path("out")); }
  /// Its output goes to `out` instead, its errors too where `err` is given.
  ProgramResult run(const std::vector<std::string>& arguments, const std::string& out, const std::string& err = "") const;
  /// On a terminal of so many columns, made by util-linux's script: output and errors are both in `out`. Code 127 where there is
  /// no such program.
  ProgramResult run_on_terminal(const std::vector<std::string>& arguments, int columns) const;

 private:
  ProgramResult shell(const std::string& command, const std::string& out, const std::string& err) const;

  TemporaryFolder logs_;
};

/// A scenario that runs in a blink: two workers, a synthetic data set. Lines are counted on by the tests of bad input.
extern const std::string kSmallScenario;

/// `text` with the first `from` replaced; fails the test where `from` is not in it.
std::string replaced(const std::string& text, const std::string& from, const std::string& to);

/// Each is somewhere in the text.
void expect_parts(const std::string& text, const std::vector<std::string>& parts);

}  // namespace syncline::tools
