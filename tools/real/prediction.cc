#include "tools/real/prediction.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>

#include "models/training/trajectory.h"
#include "network/collective_timing.h"
#include "scenarios/located.h"

namespace syncline::tools {
namespace {

/// When the periods of a simulated trace begin, and the last one ends: a step begins with its first forward, and there are two
/// periods in it.
std::vector<std::vector<double>> period_begins(const sim::MemoryTrace& trace, int ranks, std::int64_t period,
                                               const std::string& first) {
  std::vector<std::vector<double>> begins(static_cast<std::size_t>(ranks));
  std::vector<double> ends(static_cast<std::size_t>(ranks), 0.0);
  std::vector<std::int64_t> steps(static_cast<std::size_t>(ranks), 0);
  for (const sim::Span& span : trace.spans) {
    const auto rank = static_cast<std::size_t>(span.track);
    if (span.category == "forward" && span.name == first && steps[rank]++ % period == 0)
      begins[rank].push_back(span.begin.seconds());
    ends[rank] = std::max(ends[rank], span.end.seconds());
  }
  for (std::size_t rank = 0; rank < begins.size(); ++rank) begins[rank].push_back(ends[rank]);
  return begins;
}

/// Each rank's forward of a step as one span, which begins with the first layer's.
std::vector<sim::Span> with_forward_as_one(const std::vector<sim::Span>& spans, const std::string& first) {
  std::vector<sim::Span> result;
  std::map<int, std::size_t> last;  // [track] its last forward in `result`
  for (const sim::Span& span : spans) {
    if (span.category != "forward") {
      result.push_back(span);
    } else if (span.name == first) {
      last[span.track] = result.size();
      result.push_back(span);
      result.back().name = "forward";
    } else {
      result[last.at(span.track)].end = span.end;
    }
  }
  return result;
}

}  // namespace

double predicted_seconds(const models::NetworkProfile& network, network::Operation operation, std::int64_t bytes) {
  const bool gathers = operation == network::Operation::all_gather;
  const network::CollectiveCall call{gathers ? network.algorithms.all_gather : network.algorithms.all_reduce, Bytes(bytes)};
  return network::time_collective(network.cluster, network.stack, call, network::Reckoning::collapsed, network.changes)
      .most.seconds();
}

PredictedTraining predict(const scenarios::Scenario& scenario, const scenarios::Training& training,
                          const models::NetworkProfile& network, const models::MethodSetting& setting, Forward forward) {
  const std::unique_ptr<models::Method> method = setting.row->make(setting.parameters);
  models::NetworkProfile as_ranks_have_it = network;
  as_ranks_have_it.stack.chains_in_caller = false;
  PredictedTraining result;
  models::TimelineSetup setup;
  setup.dnn = &training.dnn;
  setup.batch = scenario.batch;
  setup.device = &scenario.gpu;
  if (training.times) setup.times = &*training.times;
  setup.sink = &result.trace;
  result.iteration = scenarios::located(network.where, [&] { return models::play(setup, *method, as_ranks_have_it).iteration; });
  const std::string& first = training.dnn.layers.front().name;
  const auto begins = period_begins(result.trace, scenario.workers, method->period(), first);
  if (forward == Forward::as_one) result.trace.spans = with_forward_as_one(result.trace.spans, first);
  result.operations = operations_of(result.trace.spans, begins, begins.front().size() - 2);
  return result;
}

std::string check_training(const scenarios::Training& training, const models::MethodSetting& setting,
                           const MeasuredTraining& measured) {
  const std::string& label = measured.method;
  for (const std::string& mark : measured.weight_marks) {
    if (mark != measured.weight_marks.front())
      throw TransportError("after training by '" + label + "' ranks have different weights");
  }
  models::TrainingSetup setup = training.setup;
  const std::unique_ptr<models::Method> method = setting.row->make(setting.parameters);
  const auto ranks = static_cast<std::int64_t>(setup.shards.size()), steps = static_cast<std::int64_t>(measured.losses.size());
  setup.samples = ranks * setup.batch * steps;
  setup.evaluate_every = steps;
  const models::Trajectory trajectory = models::train(setup, setting, kernels::Device::open(kernels::Backend::cpu));
  // Losses of the first steps differ by rounding alone, some 2^-24 for each of a sum's terms; later ones by what training makes of
  // it, which in some tens of steps is less than this.
  const bool exact = measured.by_cpu && (ranks <= 2 || method->payload(training.dnn).all_reduce_bytes == 0);
  const double tolerance = exact ? 0 : 1e-3;
  for (std::size_t step = 0; step < trajectory.loss.size(); ++step) {
    const double simulated = trajectory.loss[step], got = measured.losses[step];
    if (std::abs(got - simulated) <= tolerance * std::abs(simulated)) continue;
    throw TransportError(
        fmt::format("training by '{}' gave a loss of {} in step {}, where the simulated one is {}", label, got, step, simulated));
  }
  return fmt::format("weights agree; {} losses {}", trajectory.loss.size(),
                     exact ? "equal the simulated ones" : "within 0.1 % of the simulated ones");
}

}  // namespace syncline::tools
