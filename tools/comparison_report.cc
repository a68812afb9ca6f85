// What `compare` prints, and its JSON.
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "network/stack.h"
#include "tools/comparison.h"
#include "tools/quantities.h"
#include "tools/table.h"

namespace syncline::tools {
namespace {

using json = nlohmann::ordered_json;
using scenarios::MeasuredCase;

std::string signed_percent(double fraction) { return fmt::format("{:+.1f} %", 100 * fraction); }

/// "B", "kB": sizes in powers of two are told as such.
std::string size_text(Bytes bytes) {
  constexpr std::int64_t kKiB = 1024, kMiB = kKiB * kKiB, kGiB = kKiB * kMiB;
  for (const auto& [unit, name] : {std::pair(kGiB, "GiB"), std::pair(kMiB, "MiB"), std::pair(kKiB, "KiB")}) {
    if (bytes.count() >= unit && bytes.count() % unit == 0) return fmt::format("{} {}", bytes.count() / unit, name);
  }
  return fmt::format("{} B", bytes.count());
}

std::string algorithm_text(const MeasuredCase& one) { return network::auto_operation(one.algorithm) ? "auto" : one.algorithm; }

std::string what_text(const MeasuredCase& one) {
  if (!one.is_collective) return fmt::format("{}, {}, batch {}", one.method, one.model, one.batch);
  const std::string algorithm = algorithm_text(one);
  return fmt::format("{}{} of {}", name_of(one.operation), algorithm == "auto" ? "" : ", " + algorithm, size_text(one.bytes));
}

std::string cases_text(const ComparedFile& file) {
  Table table;
  table.head = {"subset", "network", "what", "workers", "measured", "predicted", "error", ""};
  table.left = 3;
  for (std::size_t i = 0; i < file.cases.size(); ++i) {
    const MeasuredCase& one = file.cases[i];
    table.rows.push_back({one.subset, one.network, what_text(one), fmt::format("{}", one.workers), seconds_text(one.measured),
                          seconds_text(file.predicted[i]), signed_percent(signed_error(file.predicted[i], one.measured)),
                          one.fitted ? "fitted" : ""});
  }
  return table.text();
}

std::string correlation_text(const ErrorStatistics& statistics) {
  return statistics.rank_correlation ? fmt::format("{:.3f}", *statistics.rank_correlation) : "-";
}

void add_statistics(Table& table, const std::string& what, const ComparedFile& file, const std::vector<std::size_t>& which) {
  if (which.empty()) return;
  const ErrorStatistics all = statistics_of(file, which);
  table.rows.push_back({what, fmt::format("{}", all.cases), percent_text(all.mean), percent_text(all.greatest),
                        signed_percent(all.bias), correlation_text(all)});
}

/// All that is judged, what was fitted, and each subset on each network.
std::string statistics_text(const ComparedFile& file) {
  Table table;
  table.head = {"cases", "number", "mean error", "greatest", "bias", "rank correlation"};
  add_statistics(table, "judged", file, judged_cases(file));
  add_statistics(table, "fitted", file, fitted_cases(file));
  std::vector<std::pair<std::string, std::string>> parts;  // network, subset
  for (const MeasuredCase& one : file.cases) {
    const std::pair part(one.network, one.subset);
    if (std::ranges::find(parts, part) == parts.end()) parts.push_back(part);
  }
  for (const auto& [network, subset] : parts) {
    const std::vector<std::size_t> which = scenarios::cases_of(file.cases, subset, network);
    add_statistics(table, fmt::format("  {}, {}{}", subset, network, file.cases[which.front()].fitted ? " (fitted)" : ""), file,
                   which);
  }
  return table.text();
}

std::string shapes_text(const ComparedFile& file) {
  std::string text;
  for (const Curve& curve : curves_of(file)) {
    const MeasuredCase& first = file.cases[curve.cases.front()];
    if (curve.cases.size() < 2) continue;
    text += fmt::format("{} by {}, {} workers: {}{}\n", name_of(first.operation), algorithm_text(first), curve.workers,
                        curve.predicted_monotone ? "more bytes never take less time" : "MORE BYTES TAKE LESS TIME somewhere",
                        curve.measured_monotone ? "" : " (as measured, they do somewhere)");
  }
  const std::vector<Column> columns = columns_of(file);
  Order all;
  for (const Column& column : columns) {
    all.pairs += column.order.pairs;
    all.right += column.order.right;
    if (column.order.right == column.order.pairs) continue;
    text += fmt::format("{}, {}, {} workers: {} of {} pairs of methods in the measured order\n", column.network, column.model,
                        column.workers, column.order.right, column.order.pairs);
  }
  if (!columns.empty()) {
    text += fmt::format("methods in the measured order: {} of {} pairs, in {} columns\n", all.right, all.pairs, columns.size());
  }
  return text;
}

json statistics_json(const ErrorStatistics& statistics) {
  json result = {
      {"cases", statistics.cases}, {"mean", statistics.mean}, {"greatest", statistics.greatest}, {"bias", statistics.bias}};
  result["rank_correlation"] = statistics.rank_correlation ? json(*statistics.rank_correlation) : json(nullptr);
  return result;
}

json case_json(const MeasuredCase& one, double predicted) {
  json result = {{"subset", one.subset}, {"network", one.network}, {"workers", one.workers}};
  if (one.is_collective) {
    result["operation"] = name_of(one.operation);
    result["algorithm"] = algorithm_text(one);
    result["bytes"] = one.bytes.count();
  } else {
    result["method"] = one.method;
    result["model"] = one.model;
    result["batch"] = one.batch;
  }
  result["measured"] = one.measured;
  if (one.deviation) result["deviation"] = *one.deviation;
  if (one.least) result["least"] = *one.least;
  if (one.greatest) result["greatest"] = *one.greatest;
  result["predicted"] = predicted;
  result["error"] = signed_error(predicted, one.measured);
  result["fitted"] = one.fitted;
  return result;
}

}  // namespace

std::string comparison_text(const std::vector<ComparedFile>& files, bool cases) {
  std::string text;
  for (const ComparedFile& file : files) {
    if (!text.empty()) text += "\n";
    text += file.title + "\n\n";
    if (cases) text += cases_text(file) + "\n";
    text += statistics_text(file) + shapes_text(file);
  }
  text +=
      "\nerror: predicted / measured - 1. mean and greatest: of its absolute value; bias: its mean. rank correlation: "
      "Spearman's.\n"
      "fitted: numbers of the network were fitted to these; they are not among the judged.\n";
  return text;
}

std::string comparison_json(const std::vector<ComparedFile>& files) {
  json all = json::array();
  for (const ComparedFile& file : files) {
    json cases = json::array(), curves = json::array(), columns = json::array();
    for (std::size_t i = 0; i < file.cases.size(); ++i) cases.push_back(case_json(file.cases[i], file.predicted[i]));
    for (const Curve& curve : curves_of(file)) {
      curves.push_back({{"network", curve.network},
                        {"workers", curve.workers},
                        {"operation", name_of(file.cases[curve.cases.front()].operation)},
                        {"measured_monotone", curve.measured_monotone},
                        {"predicted_monotone", curve.predicted_monotone}});
    }
    for (const Column& column : columns_of(file)) {
      columns.push_back({{"network", column.network},
                         {"model", column.model},
                         {"batch", column.batch},
                         {"workers", column.workers},
                         {"pairs", column.order.pairs},
                         {"right", column.order.right}});
    }
    all.push_back({{"file", file.file},
                   {"title", file.title},
                   {"judged", statistics_json(statistics_of(file, judged_cases(file)))},
                   {"fitted", statistics_json(statistics_of(file, fitted_cases(file)))},
                   {"curves", curves},
                   {"columns", columns},
                   {"cases", cases}});
  }
  return json{{"files", all}}.dump(1) + "\n";
}

}  // namespace syncline::tools
