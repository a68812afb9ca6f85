// What --json and --output write.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "tools/real/validation.h"

namespace syncline::tools {
namespace {

using nlohmann::json;

json to_json(const ComparedCollective& one) {
  return {{"algorithm", one.algorithm},           {"operation", std::string(network::name_of(one.measured.operation))},
          {"bytes_per_rank", one.measured.bytes}, {"predicted", one.predicted},
          {"measured", one.measured.seconds},     {"least", one.measured.least},
          {"greatest", one.measured.greatest},    {"error", error_of(one.predicted, one.measured.seconds)}};
}

json to_json(const OperationPair& pair) {
  const auto times = [](const Operation& operation) { return json{{"begin", operation.begin}, {"seconds", operation.seconds}}; };
  return {{"rank", pair.predicted.rank},     {"category", pair.predicted.category}, {"name", pair.predicted.name},
          {"index", pair.predicted.index},   {"bytes", pair.predicted.bytes},       {"predicted", times(pair.predicted)},
          {"measured", times(pair.measured)}};
}

json to_json(const ComparedTraining& training) {
  json operations = json::array();
  for (const OperationPair& pair : training.operations) operations.push_back(to_json(pair));
  return {
      {"method", training.measured.method},      {"predicted", training.predicted.iteration},
      {"measured", training.measured.iteration}, {"least", training.measured.least},
      {"greatest", training.measured.greatest},  {"error", error_of(training.predicted.iteration, training.measured.iteration)},
      {"losses", training.measured.losses},      {"operations", operations}};
}

/// Seconds as a scenario has them.
std::string time_text(double seconds) { return fmt::format("\"{:.6f} ms\"", 1000 * seconds); }

std::string quoted(const std::string& text) { return json(text).dump(); }

std::string point(std::int64_t at, double value, double least, double greatest) {
  return fmt::format("[{}, {}, {}, {}]", at, time_text(value), time_text(least), time_text(greatest));
}

}  // namespace

std::string json_text(const Validation& validation) {
  json result = {{"network", validation.network}, {"ranks", validation.ranks},    {"transport", validation.transport},
                 {"compute", validation.compute}, {"collectives", json::array()}, {"trainings", json::array()}};
  for (const ComparedCollective& one : validation.collectives) result["collectives"].push_back(to_json(one));
  for (const ComparedTraining& training : validation.trainings) result["trainings"].push_back(to_json(training));
  return result.dump(1) + "\n";
}

std::string measured_sections(const Validation& validation) {
  const std::string source = quoted("syncline validate, " + validation.transport + ", compute by " + validation.compute);
  std::string text;
  std::string series;  // that is being written
  for (const ComparedCollective& one : validation.collectives) {
    const MeasuredCollective& measured = one.measured;
    const bool gathers = measured.operation == network::Operation::all_gather;
    if (series != one.algorithm) {
      if (!series.empty()) text += "]\n";
      series = one.algorithm;
      text += fmt::format(
          "\n[[collective]]\nsubset = \"collectives\"\nnetwork = {}\nworkers = {}\nop = \"{}\"\nalgorithm = \"{}\"\nsource = {}\n"
          "pause = \"{} ms\"\npoints = [\n",
          quoted(validation.network), validation.ranks, network::name_of(measured.operation),
          one.algorithm.starts_with("auto") ? "auto" : one.algorithm, source, kRest.count());
    }
    // Of an all-gather, what each ends with.
    text +=
        "  " +
        point(gathers ? measured.bytes * validation.ranks : measured.bytes, measured.seconds, measured.least, measured.greatest) +
        ",\n";
  }
  if (!series.empty()) text += "]\n";
  for (const ComparedTraining& training : validation.trainings) {
    const MeasuredTraining& measured = training.measured;
    text += fmt::format("\n[[iteration]]\nsubset = \"iterations\"\nnetwork = {}\nmethod = {}\nsource = {}\n{}points = [{}]\n",
                        quoted(validation.network), quoted(measured.method), source,
                        validation.by_library ? "algorithm = \"auto\"\n" : "",
                        point(validation.ranks, measured.iteration, measured.least, measured.greatest));
  }
  return text;
}

}  // namespace syncline::tools
