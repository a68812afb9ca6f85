#include "tests/structure/source_tree.h"

#include <algorithm>
#include <array>
#include <regex>
#include <sstream>

#include "tests/read_file.h"

namespace syncline::structure {
namespace fs = std::filesystem;

namespace {

constexpr std::array kFolders{"sim", "network", "kernels", "models", "scenarios", "tools", "tests"};
constexpr std::array kExtensions{".h", ".cc", ".cu", ".cuh"};

}  // namespace

fs::path root() { return SYNCLINE_SOURCE_DIR; }

Source parse_source(const std::string& path, const std::string& text) {
  static const std::regex include(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"])");
  Source source;
  source.path = path;
  source.folder = path.substr(0, path.find('/'));
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    ++source.lines;
    if (line == "#pragma once") source.has_pragma_once = true;
    std::smatch match;
    // Most lines are not directives, and a regex is slow.
    if (line.find('#') == std::string::npos || !std::regex_search(line, match, include)) continue;
    source.includes.push_back({source.lines, match[2], match[1] == "\""});
  }
  return source;
}

std::vector<Source> read_sources() {
  std::vector<Source> sources;
  for (const char* folder : kFolders) {
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root() / folder)) {
      const std::string extension = entry.path().extension().string();
      if (!entry.is_regular_file() || std::ranges::find(kExtensions, extension) == kExtensions.end()) continue;
      sources.push_back(parse_source(fs::relative(entry.path(), root()).generic_string(), read_file(entry.path())));
    }
  }
  std::ranges::sort(sources, {}, &Source::path);
  return sources;
}

}  // namespace syncline::structure
