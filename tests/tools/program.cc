#include "tests/tools/program.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace syncline::tools {
namespace {

namespace fs = std::filesystem;

std::string contents(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

std::string quoted(const std::string& word) {
  std::string result = "'";
  for (const char letter : word) result += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
  return result + "'";
}

fs::path fresh_folder() {
  std::string name = (fs::temp_directory_path() / "syncline-test-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder for a test");
  return name;
}

}  // namespace

Workplace::Workplace() : folder_(fresh_folder()), logs_(fresh_folder()) {}

Workplace::~Workplace() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
  fs::remove_all(logs_, ignored);
}

void Workplace::write(const std::string& name, const std::string& text) const {
  fs::create_directories((folder_ / name).parent_path());
  std::ofstream(folder_ / name, std::ios::binary) << text;
}

std::string Workplace::read(const std::string& name) const { return contents(folder_ / name); }

std::vector<std::string> Workplace::files() const {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_)) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

ProgramResult Workplace::run(const std::vector<std::string>& arguments) const {
  std::string command = "cd " + quoted(folder_.string()) + " && " + quoted(SYNCLINE_PROGRAM);
  for (const std::string& argument : arguments) command += " " + quoted(argument);
  command += " >" + quoted((logs_ / "out").string()) + " 2>" + quoted((logs_ / "err").string()) + " </dev/null";
  const int status = std::system(command.c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, contents(logs_ / "out"), contents(logs_ / "err")};
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
