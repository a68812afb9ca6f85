// Two traces of one program, operation by operation: the n-th span of a name in a period, predicted and measured.
#pragma once

#include <string>
#include <vector>

#include "sim/trace.h"

namespace syncline::tools {

struct Operation {
  int rank = 0;
  std::string category, name;
  int index = 0;  // among those of this name in a period, in the order in which they begin
  double bytes = 0;
  double begin = 0, seconds = 0;  // begin: after that of the period; medians over periods
};

/// The operations of each rank in a period. `spans` are those of whole periods; [rank][period] begins, and the end of the last. The
/// first `skipped` periods are left out. A span belongs to the period in which it begins.
std::vector<Operation> operations_of(const std::vector<sim::Span>& spans, const std::vector<std::vector<double>>& period_begins,
                                     std::size_t skipped);

struct OperationPair {
  Operation predicted, measured;
};
/// Those of equal rank, category, name and index, in the order in which the predicted ones begin; of a name none, where any two of
/// them differ in bytes: then others took their turns.
std::vector<OperationPair> match(const std::vector<Operation>& predicted, const std::vector<Operation>& measured);

double median(std::vector<double> values);

}  // namespace syncline::tools
