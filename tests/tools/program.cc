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

std::string call(const std::vector<std::string>& arguments) {
  std::string command = quoted(SYNCLINE_PROGRAM);
  for (const std::string& argument : arguments) command += " " + quoted(argument);
  return command;
}

}  // namespace

ProgramResult Workplace::shell(const std::string& command, const std::string& out, const std::string& err) const {
  const std::string all = "cd " + quoted(path()) + " && " + command + " >" + quoted(out) + " 2>" + quoted(err) + " </dev/null";
  const int status = std::system(all.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, logs_.read("out"), logs_.read("err")};
}

ProgramResult Workplace::run(const std::vector<std::string>& arguments, const std::string& out, const std::string& err) const {
  return shell(call(arguments), out, err.empty() ? logs_.path("err") : err);
}

ProgramResult Workplace::run_on_terminal(const std::vector<std::string>& arguments, int columns) const {
  const std::string session = "stty cols " + std::to_string(columns) + " && " + call(arguments);
  return shell("script -qec " + quoted(session) + " /dev/null", logs_.path("out"), logs_.path("err"));
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

void expect_parts(const std::string& text, const std::vector<std::string>& parts) {
  for (const std::string& part : parts) EXPECT_NE(text.find(part), std::string::npos) << part << " is not in:\n" << text;
}

}  // namespace syncline::tools
