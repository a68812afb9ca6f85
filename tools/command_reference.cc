// Prints the reference documents from the tables that the program itself works by; a test holds docs/ to this output.
#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <vector>

#include "models/training/method.h"
#include "scenarios/data_folders.h"
#include "scenarios/format.h"
#include "tools/command.h"
#include "tools/comparison.h"
#include "tools/print.h"
#include "tools/study.h"

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

/// The shipped measured scenarios, sorted by name.
std::vector<std::filesystem::path> measured_files() {
  const std::vector<std::string> kinds = {"measured"};
  const scenarios::DataFolders folders;
  std::vector<std::filesystem::path> files;
  for (const std::string& name : folders.names(kinds)) files.emplace_back(folders.find(name, kinds));
  return files;
}

void print_measured() {
  print_head("Measured scenarios", "measured");
  print_out(
      "What others measured, or real software on a real network, beside what Syncline predicts. Each table below is what the\n"
      "command above it prints; all of them are made by `syncline reference measured > scenarios/measured/README.md`.\n\n"
      "A file is a scenario whose `[[collective]]` and `[[iteration]]` sections hold what was measured, as "
      "`docs/scenario-format.md`\n"
      "says. Cases of a subset that numbers of a network were fitted to are marked, and are not among the judged ones. The fit "
      "is made\n"
      "by the command that the network's file has in its `[[fitted]]` sections.\n");
  for (const std::filesystem::path& file : measured_files()) {
    print_out("\n## {0}\n\n`syncline compare scenarios/measured/{0}`\n\n```text\n{1}```\n", file.filename().string(),
              comparison_text({compare_file(file.string())}, true));
  }
}

po::options_description options() { return po::options_description("Options"); }

void reference(const std::string& document, const po::variables_map&) {
  if (document == "commands") {
    print_commands();
  } else if (document == "measured") {
    print_measured();
  } else if (document == "study") {
    print_out("{}", study_text(study()));
  } else {
    print_scenario();
  }
}

}  // namespace

Command reference_command() {
  return {"reference", "DOCUMENT", {"commands", "scenario", "measured", "study"}, "prints a reference document as Markdown", true,
          options,     reference};
}

}  // namespace syncline::tools
