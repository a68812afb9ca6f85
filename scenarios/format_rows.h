// How the rows of the scenario format are written down. Only the sources of the format include this header.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "scenarios/format.h"

namespace syncline::scenarios {
namespace rows {

inline constexpr double kNoLimit = 1e30;                   // of positive numbers
inline constexpr double kLeastPositive = 1e-30;            // of those without a limit
inline constexpr double kWholeLimit = 9007199254740991.0;  // 2^53 - 1: the whole numbers that a double holds exactly

inline KeyRow text(std::string name, std::string standard, std::string help, std::vector<std::string> choices = {}) {
  return {{std::move(name), std::move(help), std::move(standard), 0, 0, false, std::move(choices)}};
}
inline KeyRow number(std::string name, double standard, double least, double greatest, std::string help) {
  return {{std::move(name), std::move(help), standard, least, greatest, false, {}}};
}
inline KeyRow whole(std::string name, double standard, double least, double greatest, std::string help) {
  return {{std::move(name), std::move(help), standard, least, greatest, true, {}}};
}
inline KeyRow flag(std::string name, bool standard, std::string help) {
  return {{std::move(name), std::move(help), standard, 0, 0, false, {}}};
}
inline KeyRow quantity(Reading reading, std::string name, std::string standard, std::string help) {
  KeyRow key = text(std::move(name), std::move(standard), std::move(help));
  key.reading = reading;
  return key;
}
inline KeyRow numbers(std::string name, double least, double greatest, std::string help) {
  KeyRow key = number(std::move(name), 0, least, greatest, std::move(help));
  key.reading = Reading::number_list;
  return key;
}
inline KeyRow required(KeyRow key) {
  key.required = true;
  return key;
}
inline KeyRow optional(KeyRow key, std::string absent) {
  key.absent = std::move(absent);
  return key;
}
inline KeyRow only(KeyRow key, std::string where, std::string value) {
  key.only.push_back({std::move(where), {std::move(value)}});
  return key;
}

/// Not read where `where` has one of these values.
inline KeyRow except(KeyRow key, std::string where, std::vector<std::string> values) {
  key.only.push_back({std::move(where), std::move(values), true});
  return key;
}

template <class Rows>
std::vector<std::string> names(const Rows& rows) {
  std::vector<std::string> result;
  for (const auto& row : rows) result.emplace_back(row.name);
  return result;
}

}  // namespace rows

/// "network" and the sections inside it.
std::vector<SectionFormat> network_sections();

/// How long layers compute, as keys of a section. `inherited`: what stands where they are not given, if it is always the same.
std::vector<KeyRow> compute_keys(const std::string& inherited = "");

/// "training.layer" and "training.profile" with its sections.
std::vector<SectionFormat> compute_sections();

/// "collective" and "iteration": what was measured.
std::vector<SectionFormat> measured_sections();
/// "network.fitted": what a network's numbers were fitted to.
SectionFormat fitted_section();

/// Of the sections of networks, "network.stack" and the sections inside it.
std::vector<SectionFormat> stack_sections();

}  // namespace syncline::scenarios
