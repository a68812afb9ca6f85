// syncline collective: what one collective takes on a network, by each algorithm and over sizes, as nccl-tests print it.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <optional>

#include "network/collective_timing.h"
#include "scenarios/located.h"
#include "scenarios/scenario.h"
#include "scenarios/stack.h"
#include "sim/error.h"
#include "sim/units_text.h"
#include "tools/collective_report.h"
#include "tools/command.h"
#include "tools/options.h"
#include "tools/output_file.h"
#include "tools/print.h"

namespace syncline::tools {
namespace {

namespace po = boost::program_options;
using network::CollectiveRow;
using network::Operation;
using scenarios::located;

constexpr Bytes kMostBytes(1'000'000'000'000'000);

po::options_description options() {
  const auto text = [](const char* name) { return po::value<std::string>()->value_name(name); };
  po::options_description result("Options");
  result.add_options()("op", text("NAME")->default_value("all-reduce"), "the operation, such as all-reduce (or allreduce)");
  result.add_options()("bytes", text("SIZE")->default_value("100 MB"),
                       "the buffer, as nccl-tests count it: the whole vector; all-gather: what each worker ends with");
  result.add_options()("cluster", text("NETWORK"), "a network or cluster: a name of `syncline list networks`, or a file");
  result.add_options()(
      "stack", text("STACK"),
      "a communication stack in place of the network's: a name of `syncline list stacks`, or a file; what headers take "
      "on the network's wire is charged as before");
  result.add_options()("workers", text("N")->default_value("", "those of the network's links, else 32"), "how many workers");
  result.add_options()("algorithm", text("NAME")->default_value("", "the cluster's own, else the first"),
                       "ring, tree and so on (`syncline list collectives`); auto: as the stack chooses; all: to compare");
  result.add_options()("root", text("R"),
                       "the worker where a broadcast or scatter begins, or a reduce or gather ends, or an all-reduce by tree "
                       "turns; not given: the network's, else 0");
  result.add_options()("servers", text("N"),
                       "of parameter servers; not given: the network's, else all workers, or one of a push-pull");
  result.add_options()("sweep", text("FROM:TO")->default_value("", "1 KiB to the size"),
                       "the sizes of the second table, or none");
  result.add_options()("factor", text("N")->default_value("4"), "from one size of the sweep to the next");
  result.add_options()("exact", "flow by flow, also where a proof allows less work");
  result.add_options()("approximate", "bounds in place of flows, where nothing is proven");
  result.add_options()("json", text("FILE"), "writes all that is printed, and every link, as JSON");
  return result;
}

/// "allreduce" is nccl-tests' and MPI's spelling of "all-reduce".
std::string without_hyphens(std::string_view name) {
  std::string result(name);
  std::erase_if(result, [](char c) { return c == '-' || c == '_'; });
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

Operation operation_of(const std::string& text) {
  std::vector<std::string> known;
  for (const CollectiveRow& row : network::collectives()) {
    const std::string name(name_of(row.operation));
    if (without_hyphens(name) == without_hyphens(text)) return row.operation;
    if (std::find(known.begin(), known.end(), name) == known.end()) known.push_back(name);
  }
  throw UserError({"", 0, "--op"}, "unknown operation '" + text + "'" + suggestion(text, known));
}

/// The network's own choice where it has one for the operation.
std::string standard_algorithm(const models::NetworkProfile& profile, Operation operation) {
  if (operation == Operation::all_reduce) return profile.algorithms.all_reduce;
  if (operation == Operation::all_gather) return profile.algorithms.all_gather;
  return "";
}

/// By its name in the table, or without the operation: "ring". Several for "all", the stack's choice for "auto".
std::vector<std::string> algorithms_of(const std::string& given, Operation operation, const models::NetworkProfile& profile) {
  const std::string wanted = given.empty() ? standard_algorithm(profile, operation) : given;
  if (wanted == "auto" || wanted == network::auto_name(operation)) return {network::auto_name(operation)};
  std::vector<std::string> algorithms;
  std::vector<std::string> known = {"all", "auto"};
  for (const CollectiveRow& row : network::collectives()) {
    if (row.operation != operation) continue;
    known.emplace_back(algorithm_of(row));
    if (wanted == "all" || wanted.empty() || wanted == row.name || wanted == algorithm_of(row)) algorithms.emplace_back(row.name);
    if (wanted.empty() && !algorithms.empty()) break;
  }
  if (algorithms.empty()) {
    throw UserError({"", 0, "--algorithm"},
                    fmt::format("no {} by '{}'{}", name_of(operation), wanted, suggestion(wanted, known)));
  }
  return algorithms;
}

/// Those that are played, or that the stack may take.
std::vector<const CollectiveRow*> rows_of(const CollectiveStudy& study) {
  if (network::auto_operation(study.algorithms.front())) return network::algorithms_for(study.profile.stack, study.operation);
  std::vector<const CollectiveRow*> rows;
  for (const std::string& name : study.algorithms) rows.push_back(&network::collective(name));
  return rows;
}

/// As the options say, else as the network does for its own all-reduce.
network::Roles roles_of(const po::variables_map& values, const CollectiveStudy& study) {
  network::Roles roles;
  if (study.operation == Operation::all_reduce) roles = study.profile.algorithms.roles;
  const int workers = static_cast<int>(study.profile.cluster.workers.size());
  const auto read = [&](const std::string& name, int least, network::Role role, int& value) {
    const std::optional<std::int64_t> given = whole_option(values, name, least, 10'000'000);
    if (!given) return;
    const Location where{"", 0, "--" + name};
    const std::vector<const CollectiveRow*> rows = rows_of(study);
    if (std::ranges::none_of(rows, [&](const CollectiveRow* row) { return row->role == role; })) {
      throw UserError(where, fmt::format("has no effect: {} has no {} by {}", name_of(study.operation),
                                         role == network::Role::root ? "root" : "servers",
                                         study.algorithms.size() == 1 ? study.algorithms.front() : "any algorithm"));
    }
    value = static_cast<int>(*given);
    for (const CollectiveRow* row : rows) located(where, [&] { network::check_roles(*row, workers, roles); });
  };
  read("root", 0, network::Role::root, roles.root);
  read("servers", 1, network::Role::servers, roles.servers);
  return roles;
}

/// As scenarios write sizes, or as nccl-tests do: "1024", "64K", "100M", "1G", of 2^10, 2^20 and 2^30 bytes.
Bytes size_of(const std::string& option, std::string text) {
  const bool bare = !text.empty() && std::isdigit(static_cast<unsigned char>(text.front())) != 0;
  if (bare && std::isdigit(static_cast<unsigned char>(text.back())) != 0) text += " B";
  if (bare && std::string_view("KMG").find(text.back()) != std::string_view::npos) text += "iB";
  return located({"", 0, option}, [&] { return parse_bytes(text); });
}

/// FROM, FROM times the factor and so on, and TO itself.
std::vector<Bytes> sweep_of(const std::string& text, std::int64_t factor, Bytes size) {
  if (text == "none") return {};
  Bytes from(std::min<std::int64_t>(1024, size.count())), to = size;
  if (!text.empty()) {
    const std::size_t colon = text.find(':');
    if (colon == std::string::npos) throw UserError({"", 0, "--sweep"}, "must be FROM:TO, such as \"1 KiB:1 GiB\", or none");
    from = size_of("--sweep", text.substr(0, colon));
    to = size_of("--sweep", text.substr(colon + 1));
    if (from > to) throw UserError({"", 0, "--sweep"}, "ends below its start");
    if (to > kMostBytes) throw UserError({"", 0, "--sweep"}, "must end at " + to_text(kMostBytes) + " at most");
  }
  std::vector<Bytes> sizes;
  if (from == Bytes(0) && to > from) sizes.emplace_back(0);
  for (std::int64_t bytes = std::max<std::int64_t>(1, from.count()); bytes < to.count(); bytes *= factor)
    sizes.emplace_back(bytes);
  sizes.push_back(to);
  return sizes;
}

/// As the option says; else as many as the network's file has links for.
int workers_of(const po::variables_map& values, const scenarios::DataFolders& folders, const std::string& cluster) {
  if (!values["workers"].as<std::string>().empty()) return static_cast<int>(*whole_option(values, "workers", 1, 10'000'000));
  return scenarios::workers_in_network(folders, cluster).value_or(32);
}

/// A network that does not fit the 32 that nobody asked for is one whose number must be asked for.
models::NetworkProfile load_cluster(const po::variables_map& values, const scenarios::DataFolders& folders) {
  const std::string& cluster = values["cluster"].as<std::string>();
  const int workers = workers_of(values, folders, cluster);
  try {
    return scenarios::load_network(folders, cluster, workers);
  } catch (const UserError& error) {
    if (!values["workers"].as<std::string>().empty()) throw;
    throw UserError(error.location(), error.message() + fmt::format(" (with {} workers, as --workers does not say)", workers));
  }
}

void run(const std::string&, const po::variables_map& values) {
  const auto text = [&](const char* name) { return values[name].as<std::string>(); };
  if (!values.count("cluster")) throw UserError("no --cluster: name a network of `syncline list networks`, or a file");
  if (values.count("exact") && values.count("approximate")) throw UserError({"", 0, "--approximate"}, "contradicts --exact");
  CollectiveStudy study;
  const scenarios::DataFolders folders(".");
  study.profile = load_cluster(values, folders);
  if (values.count("approximate") && !study.profile.changes.empty()) {
    throw UserError({"", 0, "--approximate"}, "bounds hold only where links stay as they are; those of '" + study.profile.name +
                                                  "' change, and are played flow by flow");
  }
  if (values.count("stack")) study.profile.stack = scenarios::load_stack_for(folders, text("stack"), study.profile);
  study.operation = operation_of(text("op"));
  study.size = size_of("--bytes", text("bytes"));
  if (study.size > kMostBytes) throw UserError({"", 0, "--bytes"}, "must be at most " + to_text(kMostBytes));
  study.algorithms = algorithms_of(text("algorithm"), study.operation, study.profile);
  study.roles = roles_of(values, study);
  study.sweep = sweep_of(text("sweep"), *whole_option(values, "factor", 2, 1024), study.size);
  study.wanted = values.count("exact")         ? network::Reckoning::exact
                 : values.count("approximate") ? network::Reckoning::bounded
                                               : network::Reckoning::collapsed;
  std::unique_ptr<OutputFile> json;
  if (values.count("json")) json = std::make_unique<OutputFile>("--json", text("json"));
  const CollectiveStudyResult result = run_study(study);
  if (json) {
    json->write(json_text(study, result));
    json->commit();
  }
  write_out(report_text(study, result));
}

}  // namespace

Command collective_command() {
  return {"collective", "",      {}, "times one collective on a network, by one algorithm or all, and over sizes",
          false,        options, run};
}

}  // namespace syncline::tools
