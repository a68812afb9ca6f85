#include "tools/calibration.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>
#include <set>

#include "scenarios/located.h"
#include "scenarios/measured.h"
#include "scenarios/network_file.h"
#include "tools/least_squares.h"
#include "tools/quantities.h"
#include "tools/table.h"

namespace syncline::tools {
namespace {

using scenarios::MeasuredCase;
using scenarios::MeasuredScenario;
using scenarios::Parameter;
using scenarios::Setting;

constexpr int kDigits = 4;              // that fitted numbers are written with
constexpr double kRange = 1000;         // how far a time or bandwidth may go from where it was, if that is not zero, either way
constexpr double kStartForZero = 1e-6;  // of a time: none was known
constexpr double kAtBound = 1e-3;       // so near to one, in parts, that it is there

std::string network_of(const CalibrationRequest& request, const MeasuredScenario& scenario) {
  std::set<std::string> networks, subsets;
  for (const MeasuredCase& one : scenario.cases()) {
    subsets.insert(one.subset);
    if (one.subset == request.subset) networks.insert(one.network);
  }
  if (networks.empty()) {
    const std::vector<std::string> known(subsets.begin(), subsets.end());
    throw UserError({request.file, 0, "--fit"}, "no case is of '" + request.subset + "'" + suggestion(request.subset, known));
  }
  if (!request.network.empty()) {
    const std::vector<std::string> known(networks.begin(), networks.end());
    if (!networks.contains(request.network)) {
      throw UserError({request.file, 0, "--network"},
                      "no case of '" + request.subset + "' is on '" + request.network + "'" + suggestion(request.network, known));
    }
    return request.network;
  }
  if (networks.size() > 1) {
    throw UserError({request.file, 0, "--network"},
                    fmt::format("must say which: there are cases of '{}' on {}", request.subset, fmt::join(networks, ", ")));
  }
  return *networks.begin();
}

ErrorStatistics statistics(const MeasuredScenario& scenario, const std::vector<std::size_t>& which,
                           const std::vector<Setting>& settings) {
  std::vector<double> measured;
  for (const std::size_t i : which) measured.push_back(scenario.cases()[i].measured);
  return error_statistics(scenario.predict(which, settings), measured);
}

std::vector<Setting> settings_of(const std::vector<Parameter>& parameters, const std::vector<double>& values, int digits) {
  std::vector<Setting> settings;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    settings.push_back({parameters[i].network, parameters[i].key, parameter_text(parameters[i], values[i], digits)});
  }
  return settings;
}

FitParameter fit_parameter(const Parameter& parameter) {
  if (parameter.reading == scenarios::Reading::plain) {
    return {parameter.key, parameter.value, parameter.least, parameter.greatest, false};
  }
  if (parameter.value == 0) return {parameter.key, kStartForZero, parameter.least, parameter.greatest, true, false};
  const double start = parameter.value;
  return {parameter.key, start, std::max(parameter.least, start / kRange), std::min(parameter.greatest, start * kRange), true};
}

std::string interval_text(const CalibratedParameter& each) {
  if (!each.interval) return "not known";
  const FitParameter bounds = fit_parameter(each.parameter);
  for (const double bound : {bounds.least, bounds.greatest}) {
    if (std::abs(each.value / bound - 1) < kAtBound) return "not known: it is as far as it may go";
  }
  if (each.interval->first <= bounds.least * (1 + kAtBound) && each.interval->second >= bounds.greatest * (1 - kAtBound)) {
    return "not known: these cases hardly tell";
  }
  return parameter_text(each.parameter, each.interval->first, 3) + " to " +
         parameter_text(each.parameter, each.interval->second, 3);
}

}  // namespace

Calibration calibrate(const CalibrationRequest& request) {
  const MeasuredScenario scenario = MeasuredScenario::load(request.file, true);
  Calibration result;
  result.network = network_of(request, scenario);
  const std::vector<std::size_t> which = cases_of(scenario.cases(), request.subset, result.network);
  std::vector<std::size_t> others;
  for (std::size_t i = 0; i < scenario.cases().size(); ++i) {
    if (scenario.cases()[i].network == result.network && std::ranges::find(which, i) == which.end()) others.push_back(i);
  }

  std::vector<Parameter> parameters;
  std::vector<FitParameter> wanted;
  for (const std::string& key : request.parameters) {
    if (std::ranges::count(request.parameters, key) > 1) throw UserError({"", 0, "--parameters"}, "'" + key + "' is there twice");
    parameters.push_back(scenarios::located({"", 0, "--parameters"},
                                            [&] { return scenarios::find_parameter(request.file, result.network, key); }));
    wanted.push_back(fit_parameter(parameters.back()));
  }
  const auto residuals = [&](const std::vector<double>& values) {
    // Written with all digits, so that small steps are seen.
    std::vector<double> result_of = scenario.predict(which, settings_of(parameters, values, 17));
    for (std::size_t i = 0; i < which.size(); ++i) result_of[i] = std::log(result_of[i] / scenario.cases()[which[i]].measured);
    return result_of;
  };
  const FitResult fit = least_squares(wanted, residuals);
  const std::vector<Setting> settings = settings_of(parameters, fit.values, kDigits);
  std::vector<std::string> said;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    result.parameters.push_back({parameters[i], fit.values[i], fit.intervals[i]});
    said.push_back(fmt::format("{}: {}, 95 %: {}", parameters[i].key, settings[i].text, interval_text(result.parameters.back())));
  }
  result.deviation = fit.deviation;
  result.fitted_before = statistics(scenario, which, {});
  result.fitted = statistics(scenario, which, settings);
  result.judged_before = statistics(scenario, others, {});
  result.judged = statistics(scenario, others, settings);
  CalibrationRequest complete = request;
  complete.network = result.network;
  result.profile = scenarios::network_file_text(
      request.file, result.network, settings,
      {std::filesystem::path(request.file).filename().string(), request.subset, result.network,
       fingerprint_of(scenario.cases(), which, result.network), said, command_text(complete), today()});
  return result;
}

std::string command_text(const CalibrationRequest& request) {
  const auto quoted = [](const std::string& text) { return text.find(' ') == std::string::npos ? text : "'" + text + "'"; };
  return fmt::format("syncline calibrate {} --fit {} --network {} --parameters {}",
                     std::filesystem::path(request.file).filename().string(), quoted(request.subset), quoted(request.network),
                     quoted(fmt::format("{}", fmt::join(request.parameters, ","))));
}

std::string calibration_text(const CalibrationRequest& request, const Calibration& calibration) {
  std::string text =
      fmt::format("{} fitted to '{}', {} cases\n\n", calibration.network, request.subset, calibration.fitted.cases);
  Table parameters;
  parameters.head = {"parameter", "before", "fitted", "95 % interval"};
  for (const CalibratedParameter& each : calibration.parameters) {
    parameters.rows.push_back({each.parameter.key, parameter_text(each.parameter, each.parameter.value, kDigits),
                               parameter_text(each.parameter, each.value, kDigits), interval_text(each)});
  }
  Table errors;
  errors.head = {"cases", "number", "mean error before", "after", "greatest before", "after"};
  const auto add = [&](const char* name, const ErrorStatistics& before, const ErrorStatistics& after) {
    if (after.cases == 0) return;
    errors.rows.push_back({name, fmt::format("{}", after.cases), percent_text(before.mean), percent_text(after.mean),
                           percent_text(before.greatest), percent_text(after.greatest)});
  };
  add("fitted", calibration.fitted_before, calibration.fitted);
  add("others on this network", calibration.judged_before, calibration.judged);
  text += parameters.text() + "\n" + errors.text();
  if (calibration.deviation > 0) {
    text += fmt::format("\nstandard deviation of predicted over measured: {}\n", percent_text(calibration.deviation));
  } else {
    text += "\nno intervals: there are as many parameters as cases\n";
  }
  for (const CalibratedParameter& each : calibration.parameters) {
    constexpr std::string_view kTraining = "training.";
    if (!each.parameter.key.starts_with(kTraining)) continue;
    text += fmt::format("{} is no number of the network: write {} = \"{}\" where the scenario has it\n", each.parameter.key,
                        each.parameter.key.substr(kTraining.size()), parameter_text(each.parameter, each.value, kDigits));
  }
  return text;
}

}  // namespace syncline::tools
