#include "tools/study.h"

#include <filesystem>

#include "scenarios/data_folders.h"
#include "scenarios/scenario.h"

namespace syncline::tools {
namespace {

constexpr int kNumbersOfGpus[] = {8, 16, 32, 64};

StudiedFile play_file(const std::string& path) {
  StudiedFile studied;
  studied.file = std::filesystem::path(path).filename().string();
  for (const int workers : kNumbersOfGpus) {
    const scenarios::Scenario scenario = scenarios::load_scenario(path, {{"training.workers", std::to_string(workers)}});
    studied.title = scenario.model;
    studied.compute = models::source_text(scenario.compute, scenario.gpu);
    studied.plays.push_back({workers, scenarios::run(scenario, {}).networks});
  }
  return studied;
}

}  // namespace

std::vector<StudiedFile> study() {
  const std::vector<std::string> kinds = {"study"};
  const scenarios::DataFolders folders;
  std::vector<StudiedFile> files;
  for (const char* name : {"resnet50", "resnet152", "bert-base", "bert-large"}) files.push_back(play_file(folders.find(name, kinds)));
  return files;
}

}  // namespace syncline::tools
