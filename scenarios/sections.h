// The parts of a scenario that are read from sections of their own.
#pragma once

#include <string>
#include <vector>

#include "scenarios/scenario.h"
#include "scenarios/toml_reader.h"

namespace syncline::scenarios {

/// Where what a scenario's file names is looked for.
DataFolders folders_beside(const std::string& file);

/// All of a scenario that does not depend on its networks.
Scenario settings_of(const DataFolders& folders, const toml::table& root, const std::string& file);
/// The scenario of a whole file, but for what was measured.
Scenario scenario_of(const toml::table& root, const std::string& file);

/// "networks/1gbe.toml" -> "1gbe"
std::string file_stem(const std::string& file);

/// What the results call it: as the section says; else as its base says, from which it differs; else its name, or `name`.
std::string title_of(const Section& section, const Section* base, const std::string& name);

/// The key or the section `gpu`.
models::DeviceProfile read_gpu(const DataFolders& folders, const toml::table& root, const Section& top);

/// Those of the key `networks`, then those of [[network]].
std::vector<models::NetworkProfile> read_networks(const DataFolders& folders, const toml::table& root, const Section& top,
                                                  int workers);

std::vector<models::MethodSetting> read_methods(const toml::table& root);

/// What is not given is as the scenario has it, of which all else has been read.
std::vector<JobSetting> read_jobs(const DataFolders& folders, const toml::table& root, const Scenario& scenario);

}  // namespace syncline::scenarios
