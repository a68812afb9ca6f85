// Prints the reference documents from the tables that the program itself works by; a test holds docs/ to this output.
#include <fmt/format.h>

#include "models/training/method.h"
#include "scenarios/format.h"
#include "tools/command.h"

namespace syncline::tools {
namespace {

namespace po = boost::program_options;

void print_head(const char* title, const char* document) {
  fmt::print("# {}\n\n<!-- Printed by `syncline reference {}`; a test fails where this file differs. -->\n\n", title, document);
}

void print_commands() {
  print_head("Commands", "commands");
  fmt::print("Exit codes: 0 good, 1 our fault, 2 the user's. `syncline --version` and `syncline --help` do what they say.\n");
  for (const Command& command : commands()) {
    if (command.hidden) continue;
    fmt::print("\n## `{}`\n\nIt {}.\n", usage(command), command.help);
    if (!command.choices.empty()) fmt::print("\n{} is one of: {}.\n", command.argument, fmt::join(command.choices, ", "));
    fmt::print("\n| option | what it does |\n|---|---|\n");
    const po::options_description options = command.options();
    for (const auto& option : options.options()) {
      const std::string parameter = option->format_parameter();
      fmt::print("| `--{}{}` | {} |\n", option->long_name(), parameter.empty() ? "" : " " + parameter, option->description());
    }
    fmt::print("| `--help` | shows the command's options |\n");
  }
}

void print_keys(const std::vector<scenarios::KeyRow>& keys) {
  if (keys.empty()) return;
  fmt::print("\n| key | value | standard | what it is |\n|---|---|---|---|\n");
  for (const scenarios::KeyRow& key : keys) {
    const std::string condition = key.only.empty() ? "" : " (" + condition_text(key) + ")";
    fmt::print("| `{}` | {} | {} | {}{} |\n", key.row.name, type_text(key), standard_text(key), key.row.help, condition);
  }
}

void print_scenario() {
  print_head("Scenario format", "scenario");
  fmt::print("A scenario is a TOML file. A key that is not here is an error. 1 GB is 10^9 bytes, 1 MiB is 2^20.\n");
  for (const scenarios::SectionFormat& section : scenarios::scenario_format()) {
    fmt::print("\n## {}\n\n{}\n", scenarios::heading(section), section.help);
    print_keys(section.keys);
  }
  for (const models::MethodRow& row : models::methods()) {
    fmt::print("\n### `name = \"{}\"`\n\n{}. {}\n", row.name, row.title, row.help);
    print_keys(scenarios::method_keys(row));
  }
}

po::options_description options() { return po::options_description("Options"); }

void reference(const std::string& document, const po::variables_map&) {
  if (document == "commands") {
    print_commands();
  } else {
    print_scenario();
  }
}

}  // namespace

Command reference_command() {
  return {"reference", "DOCUMENT", {"commands", "scenario"}, "prints a reference document as Markdown", true, options, reference};
}

}  // namespace syncline::tools
