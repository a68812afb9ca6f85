#include "scenarios/data_folders.h"

#include <cstdlib>
#include <set>

#include "sim/error.h"

namespace syncline::scenarios {
namespace fs = std::filesystem;

DataFolders::DataFolders(const fs::path& first) {
  if (!first.empty()) folders_.push_back(first);
  if (const char* named = std::getenv("SYNCLINE_DATA")) folders_.emplace_back(named);
  folders_.emplace_back(SYNCLINE_SOURCE_DATA);
  // An installed tree may have been moved as a whole, so it is found from the running program.
  std::error_code ignored;
  const fs::path program = fs::read_symlink("/proc/self/exe", ignored);
  if (!program.empty()) folders_.push_back(program.parent_path().parent_path() / "share" / "syncline");
}

std::string DataFolders::find(const std::string& name, std::span<const std::string> kinds) const {
  return *found_.insert(search(name, kinds)).first;
}

std::string DataFolders::search(const std::string& name, std::span<const std::string> kinds) const {
  std::error_code ignored;
  const bool is_path = name.find('/') != std::string::npos || name.ends_with(".toml");
  for (const fs::path& folder : folders_) {
    if (is_path) {
      if (const fs::path file = folder / name; fs::is_regular_file(file, ignored)) return file.string();
      continue;
    }
    for (const std::string& kind : kinds) {
      if (const fs::path file = folder / kind / (name + ".toml"); fs::is_regular_file(file, ignored)) return file.string();
    }
  }
  if (is_path) throw UserError("no file '" + name + "' beside the scenario or in the shipped data");
  throw UserError("unknown name '" + name + "'" + suggestion(name, names(kinds)));
}

std::vector<std::string> DataFolders::names(std::span<const std::string> kinds) const {
  std::set<std::string> result;
  for (const fs::path& folder : folders_) {
    for (const std::string& kind : kinds) {
      std::error_code ignored;
      for (const fs::directory_entry& entry : fs::directory_iterator(folder / kind, ignored)) {
        if (entry.path().extension() == ".toml") result.insert(entry.path().stem().string());
      }
    }
  }
  return {result.begin(), result.end()};
}

}  // namespace syncline::scenarios
