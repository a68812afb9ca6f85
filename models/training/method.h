// A method: a training program, the bytes it puts on the wire, and the row of the table that makes it known.
// To add one: write one file beside s_sgd.cc and add its row to method.cc.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/training/parameters.h"
#include "models/training/rank.h"
#include "sim/error.h"

namespace syncline::models {

/// A batch that grows stops growing at this multiple of the scenario's batch.
constexpr int kLargestBatchFactor = 16;

/// What one rank hands to collectives per step, on average; by formula.
struct Payload {
  double all_reduce_bytes = 0;  // length of the vectors reduced
  double all_gather_bytes = 0;  // own contributions
};

class Method {
 public:
  virtual ~Method() = default;
  /// The training program. `this` outlives it.
  virtual sim::Task<> train(Rank& w) const = 0;
  virtual Payload payload(const Dnn& dnn) const = 0;
  /// True where gradients go through a parameter server.
  virtual bool push_pull() const { return false; }
  /// After how many steps the pattern of communication repeats.
  virtual int period() const { return 1; }
  /// True where each rank has weights of its own between averagings.
  virtual bool local_weights() const { return false; }
  /// True where the batch grows while training goes on.
  virtual bool grows_batch() const { return false; }
  /// Methods with equal keys compute the same numbers, whatever their schedule: one trajectory serves them all.
  virtual std::string trajectory_key() const = 0;
};

struct MethodRow {
  std::string name, title, formula, source, help;
  std::vector<ParameterRow> parameters;
  std::unique_ptr<Method> (*make)(const Parameters& parameters);
};

/// One method as a scenario asks for it.
struct MethodSetting {
  std::string label;
  const MethodRow* row = nullptr;
  Parameters parameters;
  std::optional<double> learning_rate, momentum, weight_decay;  // in place of the scenario's
  Location where;                                               // for errors found while it runs
};

std::span<const MethodRow> methods();
/// Throws UserError with the nearest name.
const MethodRow& method_row(std::string_view name);

}  // namespace syncline::models
