// The commands of the program as data: help, the reference of commands and the dispatcher loop over them.
#pragma once

#include <boost/program_options.hpp>

#include <span>
#include <string>
#include <vector>

namespace syncline::tools {

struct Command {
  std::string name;
  std::string argument;              // what stands after the command: "SCENARIO"; "SCENARIO...": one or more; empty: nothing
  std::vector<std::string> choices;  // the argument is one of these; empty: anything
  std::string help;
  bool hidden = false;  // for developers: not in --help
  boost::program_options::options_description (*options)();
  void (*run)(const std::string& argument, const boost::program_options::variables_map& values);
  std::string second = {};  // a second argument behind the first, which run() finds by second_argument(); empty: there is none
};

/// Of a command that has two.
const std::string& second_argument(const boost::program_options::variables_map& values);

Command run_command();
Command check_command();
Command collective_command();
Command import_command();
Command compare_command();
Command calibrate_command();
Command list_command();
Command validate_command();
Command reference_command();
Command profile_command();
Command scale_command();

std::span<const Command> commands();

/// "syncline run SCENARIO [options]"
std::string usage(const Command& command);

/// Runs the program on its arguments without its own name. UserError where they are wrong.
void run_program(const std::vector<std::string>& arguments);

}  // namespace syncline::tools
