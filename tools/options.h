// Options that commands share, and their checked values.
#pragma once

#include <boost/program_options.hpp>

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/scenario.h"
#include "tools/output_file.h"

namespace syncline::tools {

/// --set and --seed: what changes a scenario.
void add_scenario_options(boost::program_options::options_description& options);

/// The scenario of a file, changed as the options say.
scenarios::Scenario load_scenario(const std::string& file, const boost::program_options::variables_map& values);

/// A whole number that was given as text, or nothing; UserError naming the option where it is not in [least, greatest].
std::optional<std::int64_t> whole_option(const boost::program_options::variables_map& values, const std::string& name,
                                         std::int64_t least, std::int64_t greatest);

/// All files that a scenario is read from.
std::vector<std::string> files_of(const scenarios::Scenario& scenario);

/// UserError where one of the options that name files to write names one of those that are read, or two of them the same one.
void check_outputs(const boost::program_options::variables_map& values, std::initializer_list<const char*> outputs,
                   const std::vector<std::string>& read);

/// The file of an option, opened now: what cannot be written is told before the work. Null where it is not given.
std::unique_ptr<OutputFile> output_option(const boost::program_options::variables_map& values, const std::string& name);

}  // namespace syncline::tools
