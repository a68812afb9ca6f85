// Who may include whom:
//
//     tools > scenarios > models > network > sim        models > kernels
//
// sim uses the standard library only, kernels nothing of ours. One CMake target per folder says the same to the linker;
// headers without a library behind them are only caught here.
#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <set>
#include <string>

#include "tests/structure/source_tree.h"

namespace syncline::structure {
namespace {

struct Layer {
  std::set<std::string> ours;  // folders that may be included, its own among them
  std::string libraries;       // what else may stand between < and >, besides the standard library: a regular expression
};

const std::string kCuda = "cuda.*|cublas.*|curand.*|cub/.*|thrust/.*|nccl\\.h|cooperative_groups.*|mma\\.h|nvtx3/.*";
const std::string kGenerated = "tools/imports/[a-z_]+\\.pb\\.h";  // by protoc, in the build's folder
const std::string kSystem = "unistd\\.h|fcntl\\.h|sys/.*|signal\\.h";

const std::map<std::string, Layer>& layers() {
  static const std::map<std::string, Layer> rows{
      {"sim", {{"sim"}, "$^"}},
      {"network", {{"network", "sim"}, "boost/.*"}},
      {"kernels", {{"kernels"}, "tbb/.*|" + kCuda}},
      {"models", {{"models", "kernels", "network", "sim"}, "zlib\\.h"}},
      {"scenarios", {{"scenarios", "models", "kernels", "network", "sim"}, "toml\\+\\+/.*|fmt/.*|" + kSystem}},
      {"tools",
       {{"tools", "scenarios", "models", "kernels", "network", "sim"},
        "boost/.*|(unsupported/)?Eigen/.*|fmt/.*|google/protobuf/.*|nlohmann/.*|mpi\\.h|simgrid/.*|" + kGenerated + "|" +
            kSystem + "|" + kCuda}},
  };
  return rows;
}

bool is_standard(const std::string& name) {
  // <vector>, <cstdint>: neither a folder nor an extension.
  return name.find_first_of("/.") == std::string::npos;
}

/// What is wrong with an include; "" where nothing is.
std::string objection(const Source& source, const Include& include) {
  const auto layer = layers().find(source.folder);
  if (layer == layers().end()) return "";  // tests may include all
  const std::string where = source.path + ":" + std::to_string(include.line) + ": ";
  if (include.quoted) {
    const std::string folder = include.name.substr(0, include.name.find('/'));
    return layer->second.ours.contains(folder) ? "" : where + source.folder + "/ may not include " + include.name;
  }
  if (is_standard(include.name) || std::regex_match(include.name, std::regex(layer->second.libraries))) return "";
  return where + source.folder + "/ may not include <" + include.name + ">";
}

std::string objection_to(const std::string& path, const std::string& line) {
  const Source source = parse_source(path, line);
  return source.includes.empty() ? "" : objection(source, source.includes[0]);
}

TEST(IncludeDirection, EveryIncludeGoesDownTheLayers) {
  int seen = 0;
  for (const Source& source : read_sources()) {
    for (const Include& include : source.includes) {
      EXPECT_EQ(objection(source, include), "");
      ++seen;
    }
  }
  EXPECT_GT(seen, 0) << "no include was found at all: the reader is broken";
}

TEST(IncludeDirection, QuotedIncludesAreWrittenFromTheRoot) {
  for (const Source& source : read_sources()) {
    for (const Include& include : source.includes) {
      if (!include.quoted) continue;
      EXPECT_TRUE(std::filesystem::exists(root() / include.name))
          << source.path << ":" << include.line << ": no " << include.name << " under the root";
    }
  }
}

TEST(IncludeDirection, TheRuleItselfObjectsToWhatGoesUp) {
  EXPECT_NE(objection_to("sim/a.cc", "#include \"network/topology.h\""), "");
  EXPECT_NE(objection_to("sim/a.cc", "#include <fmt/format.h>"), "");
  EXPECT_NE(objection_to("kernels/a/a.cc", "#include \"sim/units.h\""), "");
  EXPECT_NE(objection_to("network/a.cc", "  #  include \"kernels/device.h\""), "");
  EXPECT_NE(objection_to("models/a.cc", "#include \"scenarios/run.h\""), "");
  EXPECT_NE(objection_to("models/a.cc", "#include <cuda_runtime.h>"), "");
  EXPECT_NE(objection_to("scenarios/a.cc", "#include <nccl.h>"), "");
  EXPECT_EQ(objection_to("kernels/a/a_cuda.cu", "#include <cuda_runtime.h>"), "");
  EXPECT_EQ(objection_to("tools/a.cc", "#include <nccl.h>"), "");
  EXPECT_EQ(objection_to("models/a.cc", "#include \"kernels/device.h\""), "");
  EXPECT_EQ(objection_to("sim/a.cc", "#include <vector>"), "");
}

}  // namespace
}  // namespace syncline::structure
