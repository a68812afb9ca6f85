// Runs the built program in a folder of its own.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace syncline::tools {

struct ProgramResult {
  int code = -1;  // exit code; -1 where the program was killed
  std::string out, err;
};

/// A fresh folder that is gone with this object.
class Workplace {
 public:
  Workplace();
  ~Workplace();
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;

  void write(const std::string& name, const std::string& text) const;
  std::string read(const std::string& name) const;
  /// The names of all files here, sorted.
  std::vector<std::string> files() const;
  std::filesystem::path path() const { return folder_; }

  /// The program's files of output and errors lie elsewhere, so files() shows only what it made itself.
  ProgramResult run(const std::vector<std::string>& arguments) const;

 private:
  std::filesystem::path folder_, logs_;
};

/// A scenario that runs in a blink: two workers, a synthetic data set. Lines are counted on by the tests of bad input.
extern const std::string kSmallScenario;

/// `text` with the first `from` replaced; fails the test where `from` is not in it.
std::string replaced(const std::string& text, const std::string& from, const std::string& to);

}  // namespace syncline::tools
