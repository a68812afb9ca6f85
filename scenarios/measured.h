// A measured scenario: a scenario's own sections, and what somebody measured of it: collectives and iterations, each with its time.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "network/collectives/schedule.h"
#include "scenarios/fitted.h"
#include "sim/error.h"
#include "sim/units.h"

namespace syncline::scenarios {

/// One collective, or the iterations of one method.
struct MeasuredCase {
  std::string subset, network;
  int workers = 1;

  // Of a collective.
  bool is_collective = false;
  network::Operation operation = network::Operation::all_reduce;
  std::string algorithm;  // a row of collectives(), or auto_name() of the operation; of iterations: "auto", or the network's own
  Bytes bytes;            // as nccl-tests count them
  Time pause;             // between one call and the next

  // Of iterations.
  std::string method, model;  // the method's label
  int batch = 1;              // samples per worker and step
  std::size_t section = 0;    // which [[iteration]]
  std::string training;       // what it says in place of [training], as one text

  double measured = 0;                    // seconds
  std::optional<double> deviation;        // standard, in seconds; where it was published
  std::optional<double> least, greatest;  // likewise
  bool fitted = false;                    // the network's numbers were fitted to it
  Location where;
};

/// "all-reduce of 1 MiB", "BSP": what sets a case apart from others of its subset, network and number of workers.
std::string name_of(const MeasuredCase& one);

/// Cases with the same key are one curve over `x_of`: over bytes for collectives, over workers for methods.
std::string series_of(const MeasuredCase& one);

/// Keys of [[iteration]] that [training] has as well, whose place they take.
std::vector<std::string> training_keys();

/// A value of a network in place of the one that it has.
struct Setting {
  std::string network, key;  // "latency", "stack.launch", "stack.variant.ring-all-reduce/LL.hop_network"
  std::string text;          // as it is written in a file
};

class MeasuredScenario {
 public:
  /// As load_scenario(); and UserError where a case names no network, method, model or algorithm that there is, where nothing
  /// was measured, or where a network says that it was fitted to other cases of this file than are in it (but not with
  /// `refit`).
  static MeasuredScenario load(const std::string& file, bool refit = false);

  /// Whether the file has sections of what was measured. UserError where it cannot be read.
  static bool is_one(const std::string& file);

  const std::string& file() const { return file_; }
  const std::string& title() const { return title_; }
  std::span<const MeasuredCase> cases() const { return cases_; }

  /// [i] seconds that case which[i] takes by simulation.
  std::vector<double> predict(std::span<const std::size_t> which, std::span<const Setting> settings = {}) const;

 private:
  std::string file_, title_;
  std::vector<MeasuredCase> cases_;
};

}  // namespace syncline::scenarios
