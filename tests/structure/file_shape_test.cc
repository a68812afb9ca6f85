// The shape of files: their names, their length, their guards, and a README in every folder of the tree's first level.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <regex>
#include <vector>

#include "tests/structure/source_tree.h"

namespace syncline::structure {
namespace {

namespace fs = std::filesystem;

TEST(FileShape, NamesAreSnakeCase) {
  // lower case, digits and underscores, in every part of the path
  const std::regex rule("([a-z0-9_]+/)*[a-z0-9_]+\\.(h|cc|cu|cuh)");
  for (const Source& source : read_sources()) EXPECT_TRUE(std::regex_match(source.path, rule)) << source.path;
}

TEST(FileShape, CudaSourcesStayInKernelsAndTools) {
  for (const Source& source : read_sources()) {
    if (!source.path.ends_with(".cu") && !source.path.ends_with(".cuh")) continue;
    EXPECT_TRUE(source.folder == "kernels" || source.folder == "tools") << source.path;
  }
}

TEST(FileShape, HeadersAreGuarded) {
  for (const Source& source : read_sources()) {
    const bool is_header = source.path.ends_with(".h") || source.path.ends_with(".cuh");
    EXPECT_TRUE(!is_header || source.has_pragma_once) << source.path;
  }
}

TEST(FileShape, FilesAreShort) {
  std::vector<int> lengths;
  for (const Source& source : read_sources()) {
    EXPECT_LE(source.lines, 800) << source.path;
    lengths.push_back(source.lines);
  }
  ASSERT_FALSE(lengths.empty());
  std::ranges::sort(lengths);
  EXPECT_LE(lengths[lengths.size() / 2], 150) << "the median file is too long";
  EXPECT_LE(lengths[lengths.size() * 9 / 10], 500) << "fewer than nine in ten files are under 500 lines";
}

TEST(FileShape, EveryTopFolderExplainsItself) {
  for (const char* folder : {"sim", "network", "kernels", "models", "scenarios", "tools", "tests"}) {
    EXPECT_TRUE(fs::exists(root() / folder / "README.md")) << folder << "/README.md";
  }
}

}  // namespace
}  // namespace syncline::structure
