#include <fmt/format.h>

#include <cmath>
#include <map>
#include <utility>

#include "tools/quantities.h"
#include "tools/real/validation.h"
#include "tools/table.h"

namespace syncline::tools {
namespace {

/// Rows of a method's table of operations: more are in the JSON.
constexpr std::size_t kMostRows = 40;

std::string signed_percent(double part) { return fmt::format("{:+.1f} %", 100 * part); }

std::string range_text(double least, double greatest) { return seconds_text(least) + " to " + seconds_text(greatest); }

/// One line of a method's table: operations of one name, all ranks together.
struct Line {
  double count = 0, bytes = 0, predicted = 0, measured = 0, begin = 0;
};

/// Collectives one by one, what is computed by its name: many layers make a long table of what is only slept.
std::vector<std::pair<std::string, Line>> lines_of(const ComparedTraining& training, int ranks) {
  std::vector<std::pair<std::string, Line>> lines;
  std::map<std::string, std::size_t> places;
  for (const OperationPair& pair : training.operations) {
    const Operation& operation = pair.predicted;
    std::string name = operation.category;
    if (operation.category == "compression") name = operation.name;
    if (operation.category == "communication") name = fmt::format("{} #{}", operation.name, operation.index + 1);
    const auto [entry, is_new] = places.emplace(name, lines.size());
    if (is_new) lines.emplace_back(name, Line());
    Line& line = lines[entry->second].second;
    line.count += 1.0 / ranks;
    line.bytes += operation.bytes / ranks;
    line.predicted += operation.seconds / ranks;
    line.measured += pair.measured.seconds / ranks;
  }
  return lines;
}

std::string operations_text(const ComparedTraining& training, int ranks) {
  Table table;
  table.head = {"operation", "times", "bytes", "predicted", "measured", "error"};
  const auto lines = lines_of(training, ranks);
  for (const auto& [name, line] : lines) {
    if (table.rows.size() == kMostRows) break;
    table.rows.push_back({name, fmt::format("{:.0f}", line.count), line.bytes > 0 ? bytes_text(line.bytes) : "",
                          seconds_text(line.predicted), seconds_text(line.measured),
                          signed_percent(error_of(line.predicted, line.measured))});
  }
  std::string text = fmt::format("{}, operation by operation in {}, mean over ranks:\n", training.measured.method,
                                 training.period == 1 ? "a step" : fmt::format("a period of {} steps", training.period));
  text += table.text();
  if (lines.size() > kMostRows) text += fmt::format("and {} more: see --json\n", lines.size() - kMostRows);
  if (const std::size_t all = training.predicted.operations.size(); training.operations.size() < all) {
    text += fmt::format("{} of {} predicted operations are left out: the measured ones of their names took other turns\n",
                        all - training.operations.size(), all);
  }
  return text + "\n";
}

std::string mean_text(const char* what, const std::vector<double>& errors) {
  double sum = 0, bias = 0, greatest = 0;
  for (const double error : errors) {
    sum += std::abs(error);
    bias += error;
    greatest = std::max(greatest, std::abs(error));
  }
  const auto count = static_cast<double>(errors.size());
  return fmt::format("{}: mean absolute error {:.1f} %, greatest {:.1f} %, bias {:+.1f} %\n", what, 100 * sum / count,
                     100 * greatest, 100 * bias / count);
}

}  // namespace

double error_of(double predicted, double measured) { return measured > 0 ? (predicted - measured) / measured : 0; }

std::string report_text(const Validation& validation) {
  std::string text = fmt::format("{} ({}), {} ranks over {}, compute by {}\n\n", validation.network, validation.title,
                                 validation.ranks, validation.transport, validation.compute);
  std::vector<double> errors;
  if (!validation.collectives.empty()) {
    Table table;
    table.head = {"collective", "bytes", "predicted", "measured", "error", "least to greatest"};
    for (const ComparedCollective& one : validation.collectives) {
      errors.push_back(error_of(one.predicted, one.measured.seconds));
      table.rows.push_back({one.algorithm, bytes_text(static_cast<double>(one.measured.bytes)), seconds_text(one.predicted),
                            seconds_text(one.measured.seconds), signed_percent(errors.back()),
                            range_text(one.measured.least, one.measured.greatest)});
    }
    text += table.text() + mean_text("collectives", errors) + "\n";
  }
  if (!validation.trainings.empty()) {
    errors.clear();
    for (const ComparedTraining& training : validation.trainings) text += operations_text(training, validation.ranks);
    Table table;
    table.head = {"method", "predicted", "measured", "error", "least to greatest", "correct"};
    for (const ComparedTraining& training : validation.trainings) {
      const MeasuredTraining& measured = training.measured;
      errors.push_back(error_of(training.predicted.iteration, measured.iteration));
      table.rows.push_back({measured.method, seconds_text(training.predicted.iteration), seconds_text(measured.iteration),
                            signed_percent(errors.back()), range_text(measured.least, measured.greatest), training.correctness});
    }
    text += "A step:\n" + table.text() + mean_text("iterations", errors);
  }
  return text;
}

}  // namespace syncline::tools
