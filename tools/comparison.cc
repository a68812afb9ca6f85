#include "tools/comparison.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>

namespace syncline::tools {
namespace {

using scenarios::MeasuredCase;

std::vector<std::size_t> all_of(const ComparedFile& file) {
  std::vector<std::size_t> which(file.cases.size());
  std::iota(which.begin(), which.end(), std::size_t{0});
  return which;
}

std::vector<std::size_t> with_mark(const ComparedFile& file, bool fitted) {
  std::vector<std::size_t> which = all_of(file);
  std::erase_if(which, [&](std::size_t i) { return file.cases[i].fitted != fitted; });
  return which;
}

bool rises(const std::vector<std::size_t>& cases, const auto& value) { return std::ranges::is_sorted(cases, {}, value); }

}  // namespace

ComparedFile compare_file(const std::string& file) {
  const scenarios::MeasuredScenario scenario = scenarios::MeasuredScenario::load(file);
  ComparedFile result{file, scenario.title(), {scenario.cases().begin(), scenario.cases().end()}, {}};
  result.predicted = scenario.predict(all_of(result));
  return result;
}

ErrorStatistics statistics_of(const ComparedFile& file, const std::vector<std::size_t>& which) {
  std::vector<double> predicted, measured;
  for (const std::size_t i : which) {
    predicted.push_back(file.predicted[i]);
    measured.push_back(file.cases[i].measured);
  }
  return error_statistics(predicted, measured);
}

std::vector<std::size_t> fitted_cases(const ComparedFile& file) { return with_mark(file, true); }
std::vector<std::size_t> judged_cases(const ComparedFile& file) { return with_mark(file, false); }

std::vector<Curve> curves_of(const ComparedFile& file) {
  std::vector<Curve> curves;
  std::map<std::string, std::size_t> known;
  for (std::size_t i = 0; i < file.cases.size(); ++i) {
    const MeasuredCase& one = file.cases[i];
    if (!one.is_collective) continue;
    const auto [place, is_new] = known.emplace(scenarios::series_of(one), curves.size());
    if (is_new) curves.push_back({one.network, one.workers, one.algorithm, {}, true, true});
    curves[place->second].cases.push_back(i);
  }
  for (Curve& curve : curves) {
    std::ranges::sort(curve.cases, {}, [&](std::size_t i) { return file.cases[i].bytes; });
    curve.measured_monotone = rises(curve.cases, [&](std::size_t i) { return file.cases[i].measured; });
    curve.predicted_monotone = rises(curve.cases, [&](std::size_t i) { return file.predicted[i]; });
  }
  return curves;
}

std::vector<Column> columns_of(const ComparedFile& file) {
  std::vector<Column> columns;
  for (std::size_t i = 0; i < file.cases.size(); ++i) {
    const MeasuredCase& one = file.cases[i];
    if (one.is_collective) continue;
    const auto same = [&](const Column& column) {
      return std::tie(column.network, column.model, column.workers, column.batch) ==
             std::tie(one.network, one.model, one.workers, one.batch);
    };
    auto place = std::ranges::find_if(columns, same);
    if (place == columns.end()) place = columns.insert(columns.end(), {one.network, one.model, one.workers, one.batch, {}, {}});
    place->cases.push_back(i);
  }
  std::erase_if(columns, [](const Column& column) { return column.cases.size() < 2; });
  for (Column& column : columns) {
    std::vector<double> predicted, measured, spread;
    for (const std::size_t i : column.cases) {
      const MeasuredCase& one = file.cases[i];
      predicted.push_back(file.predicted[i]);
      measured.push_back(one.measured);
      spread.push_back(one.deviation ? *one.deviation : one.least ? (*one.greatest - *one.least) / 2 : 0);
    }
    column.order = order_of(predicted, measured, spread);
  }
  return columns;
}

}  // namespace syncline::tools
