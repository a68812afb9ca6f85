// The sources as the structure tests see them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace syncline::structure {

struct Include {
  int line = 0;
  std::string name;  // what stands between the delimiters
  bool quoted = false;
};

struct Source {
  std::string path;    // from the root, with '/'
  std::string folder;  // its first part: "sim", "network", ...
  int lines = 0;
  bool has_pragma_once = false;
  std::vector<Include> includes;
};

std::filesystem::path root();

/// Every C++ and CUDA source under the layers and tests/, sorted by path. Throws std::runtime_error where one cannot be read.
std::vector<Source> read_sources();

/// What one source says, given as text; read_sources() does this for each file.
Source parse_source(const std::string& path, const std::string& text);

}  // namespace syncline::structure
