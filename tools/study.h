// The study of gradient compression of ICDCS 2023 (Zhang et al.), played: every scenario of scenarios/study with the study's numbers
// of GPUs, and what becomes of its findings.
#pragma once

#include <string>
#include <vector>

#include "scenarios/run.h"

namespace syncline::tools {

/// One scenario of the study, with each number of GPUs.
struct StudiedFile {
  struct Play {
    int workers = 0;
    std::vector<scenarios::NetworkResult> networks;
  };
  std::string file;   // its name, without folders
  std::string title;  // of its network
  std::string compute;
  std::vector<Play> plays;
};

/// The shipped scenarios of the study, in the order of their parameters.
std::vector<StudiedFile> study();

/// The study's own table: methods on one network with 32 GPUs, which the file's comments hold, too.
std::string study_table(const StudiedFile& file);

/// What `reference study` prints: each file's table, ACP-SGD's speed-ups case by case, and their means beside the published.
std::string study_text(const std::vector<StudiedFile>& files);

}  // namespace syncline::tools
