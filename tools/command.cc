#include "tools/command.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "sim/error.h"
#include "tools/print.h"

namespace syncline::tools {
namespace {

namespace po = boost::program_options;

std::string help_text() {
  std::string text = "syncline: predicts time and accuracy of data-parallel training, by simulation with real kernels\n\n";
  for (const Command& command : commands()) {
    if (!command.hidden) text += fmt::format("  {:<44} {}\n", usage(command), command.help);
  }
  text +=
      "\n  syncline COMMAND --help                      the options of a command\n"
      "  syncline --version                           the version\n\n"
      "Exit codes: 0 good, 1 our fault, 2 yours, 3 a rank of `validate` was lost or late.\n";
  return text;
}

std::string help_text(const Command& command, const po::options_description& options) {
  std::ostringstream text;
  text << usage(command) << "\n\n" << command.help << "\n";
  if (!command.choices.empty()) text << fmt::format("{} is one of: {}\n", command.argument, fmt::join(command.choices, ", "));
  text << "\n" << options;
  return text.str();
}

const Command& find_command(const std::string& name) {
  std::vector<std::string> known;
  for (const Command& command : commands()) {
    if (command.name == name) return command;
    if (!command.hidden) known.push_back(command.name);
  }
  throw UserError("unknown command '" + name + "'" + suggestion(name, known));
}

po::variables_map parse(const std::vector<std::string>& arguments, const po::options_description& visible) {
  po::options_description all;
  all.add(visible).add_options()("argument", po::value<std::vector<std::string>>());
  po::positional_options_description positional;
  positional.add("argument", -1);
  po::variables_map values;
  try {
    // No guessing: an option that is spelt by half today might mean another one tomorrow.
    const int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
    po::store(po::command_line_parser(arguments).options(all).positional(positional).style(style).run(), values);
    po::notify(values);
  } catch (const po::unknown_option& error) {
    std::vector<std::string> known;
    for (const auto& option : visible.options()) known.push_back("--" + option->long_name());
    throw UserError("unknown option '" + error.get_option_name() + "'" + suggestion(error.get_option_name(), known));
  } catch (const po::error& error) {
    throw UserError(error.what());
  }
  return values;
}

std::string argument_of(const Command& command, const po::variables_map& values) {
  const std::vector<std::string> given =
      values.count("argument") ? values["argument"].as<std::vector<std::string>>() : std::vector<std::string>();
  if (command.argument.empty()) {
    if (!given.empty()) throw UserError("'" + given[0] + "' where no argument is: " + usage(command));
    return "";
  }
  if (command.argument.ends_with("...")) {
    // The command itself asks for all of them.
    if (given.empty()) throw UserError("no argument where one or more are needed: " + usage(command));
    return given[0];
  }
  const std::size_t wanted = command.second.empty() ? 1 : 2;
  if (given.size() != wanted) {
    const char* const how_many = given.empty() ? "no" : given.size() < wanted ? "too few" : "too many";
    throw UserError(
        fmt::format("{} arguments where {} needed: {}", how_many, wanted == 1 ? "one is" : "two are", usage(command)));
  }
  if (!command.choices.empty() && std::find(command.choices.begin(), command.choices.end(), given[0]) == command.choices.end()) {
    throw UserError("unknown " + command.argument + " '" + given[0] + "'" + suggestion(given[0], command.choices));
  }
  return given[0];
}

}  // namespace

std::span<const Command> commands() {
  static const std::vector<Command> all = {run_command(),       check_command(),    collective_command(), compare_command(),
                                           calibrate_command(), validate_command(), import_command(),     profile_command(),
                                           scale_command(),     list_command(),     reference_command()};
  return all;
}

std::string usage(const Command& command) {
  std::string text = "syncline " + command.name;
  for (const std::string& argument : {command.argument, command.second}) text += argument.empty() ? "" : " " + argument;
  return text + " [options]";
}

const std::string& second_argument(const po::variables_map& values) {
  return values["argument"].as<std::vector<std::string>>().at(1);
}

void run_program(const std::vector<std::string>& arguments) {
  if (arguments.empty()) throw UserError("no command; see syncline --help");
  if (arguments[0] == "--help" || arguments[0] == "-h" || arguments[0] == "help") {
    write_out(help_text());
    return;
  }
  if (arguments[0] == "--version") {
    print_out("syncline {}\n", SYNCLINE_VERSION);
    return;
  }
  const Command& command = find_command(arguments[0]);
  po::options_description options = command.options();
  options.add_options()("help,h", "shows this text");
  const po::variables_map values = parse({arguments.begin() + 1, arguments.end()}, options);
  if (values.count("help")) {
    write_out(help_text(command, options));
    return;
  }
  command.run(argument_of(command, values), values);
}

}  // namespace syncline::tools
