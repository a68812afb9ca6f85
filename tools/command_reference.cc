// Prints the reference documents from the tables that the program itself works by; a test holds docs/ to this output.
#include <fmt/format.h>

#include "models/training/method.h"
#include "scenarios/format.h"
#include "tools/command.h"
#include "tools/print.h"

namespace syncline::tools {
namespace {

namespace po = boost::program_options;

void print_head(const char* title, const char* document) {
  print_out("# {}\n\n<!-- Printed by `syncline reference {}`; a test fails where this file differs. -->\n\n", title, document);
}

void print_commands() {
  print_head("Commands", "commands");
  print_out(
      "Exit codes: 0 good, 1 our fault, 2 the user's, 3 a rank of `validate` was lost or late. `syncline --version` and "
      "`syncline --help` do what they say.\n");
  print_out(
      "\nA name of a network or a GPU, such as `10gbe`, is looked for in `networks/`, `clusters/` and `gpus/` beside the "
      "scenario, "
      "in the folder that the environment variable `SYNCLINE_DATA` names, in the source tree that the program was built from, "
      "and "
      "in `share/syncline` of the installation, in this order; the first is taken. `list` shows all but those beside a "
      "scenario.\n");
  for (const Command& command : commands()) {
    if (command.hidden) continue;
    print_out("\n## `{}`\n\nIt {}.\n", usage(command), command.help);
    if (!command.choices.empty()) print_out("\n{} is one of: {}.\n", command.argument, fmt::join(command.choices, ", "));
    print_out("\n| option | what it does |\n|---|---|\n");
    const po::options_description options = command.options();
    for (const auto& option : options.options()) {
      const std::string parameter = option->format_parameter();
      print_out("| `--{}{}` | {} |\n", option->long_name(), parameter.empty() ? "" : " " + parameter, option->description());
    }
    print_out("| `--help` | shows the command's options |\n");
  }
}

void print_keys(const std::vector<scenarios::KeyRow>& keys) {
  if (keys.empty()) return;
  print_out("\n| key | value | standard | what it is |\n|---|---|---|---|\n");
  for (const scenarios::KeyRow& key : keys) {
    const std::string condition = key.only.empty() ? "" : " (" + condition_text(key) + ")";
    print_out("| `{}` | {} | {} | {}{} |\n", key.row.name, type_text(key), standard_text(key), key.row.help, condition);
  }
}

void print_scenario() {
  print_head("Scenario format", "scenario");
  print_out("A scenario is a TOML file. A key that is not here is an error. 1 GB is 10^9 bytes, 1 MiB is 2^20.\n");
  for (const scenarios::SectionFormat& section : scenarios::scenario_format()) {
    print_out("\n## {}\n\n{}\n", scenarios::heading(section), section.help);
    print_keys(section.keys);
  }
  for (const models::MethodRow& row : models::methods()) {
    print_out("\n### `name = \"{}\"`\n\n{}. {}\n", row.name, row.title, row.help);
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
