#include "tests/tools/program.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>

namespace syncline::tools {
namespace {

std::string quoted(const std::string& word) {
  std::string result = "'";
  for (const char letter : word) result += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
  return result + "'";
}

}  // namespace

ProgramResult Workplace::run(const std::vector<std::string>& arguments, const std::string& out, const std::string& err) const {
  std::string command = "cd " + quoted(path()) + " && " + quoted(SYNCLINE_PROGRAM);
  for (const std::string& argument : arguments) command += " " + quoted(argument);
  command += " >" + quoted(out) + " 2>" + quoted(err.empty() ? logs_.path("err") : err) + " </dev/null";
  const int status = std::system(command.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, logs_.read("out"), logs_.read("err")};
}

const std::string kSmallScenario =
    "networks = [\"10gbe\"]\n"
    "gpu = \"v100\"\n"
    "\n"
    "[training]\n"
    "model = \"mlp\"\n"
    "workers = 2\n"
    "batch = 4\n"
    "epochs = 0.1\n"
    "learning_rate = 0.1\n"
    "\n"
    "[dataset]\n"
    "name = \"synthetic\"\n"
    "train = 512\n"
    "test = 64\n"
    "\n"
    "[[method]]\n"
    "name = \"s-sgd\"\n"
    "\n"
    "[[method]]\n"
    "name = \"top-k\"\n"
    "density = 0.5\n";

std::string replaced(const std::string& text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << "the test's text has no '" << from << "'";
  return at == std::string::npos ? text : text.substr(0, at) + to + text.substr(at + from.size());
}

}  // namespace syncline::tools
