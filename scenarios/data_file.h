// A shipped network or GPU as it is written: what `syncline list` shows.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "scenarios/data_folders.h"

namespace syncline::scenarios {

struct DataFile {
  std::string name, title;
  std::vector<std::pair<std::string, std::string>> values;  // key, value; in the order of the format; sources are among them
};

/// Checked as a scenario would check them; UserError at the line of a defect.
std::vector<DataFile> network_files(const DataFolders& folders);
std::vector<DataFile> gpu_files(const DataFolders& folders);
std::vector<DataFile> stack_files(const DataFolders& folders);

}  // namespace syncline::scenarios
