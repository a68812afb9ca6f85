#include "tools/real/validate.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>

#include "sim/error.h"

namespace syncline::tools {
namespace {

constexpr std::array kMeasured = {network::Operation::all_reduce, network::Operation::all_gather};

}  // namespace

void check_prediction(const ValidationSetup& setup) {
  for (const network::Operation operation : kMeasured) predicted_seconds(setup.network, operation, 4);
  if (setup.network.cluster.servers.empty()) return;
  for (const models::MethodSetting& setting : setup.scenario.methods) {
    if (!setting.row->make(setting.parameters)->push_pull()) continue;
    throw UserError(setting.where, "real ranks have the parameter servers beside them: push_pull_servers = \"beside\"");
  }
}

std::string resolved_text(const ValidationSetup& setup) {
  const models::NetworkProfile& network = setup.network;
  const models::Algorithms& by = network.algorithms;
  std::string text =
      fmt::format("{} {} {} {} {}; hosts {}; speeds {};", by.all_reduce, by.all_gather, by.push_pull, by.roles.root,
                  by.roles.servers, fmt::join(network.cluster.host_of_worker, " "), fmt::join(network.speed, " "));
  const models::WorkerTimes times(setup.training.dnn, setup.scenario.gpu, setup.training.times ? &*setup.training.times : nullptr,
                                  1);
  for (int layer = 0; layer < static_cast<int>(setup.training.dnn.layers.size()); ++layer) {
    text += fmt::format(" {} {}", times.forward(layer, setup.scenario.batch).count(),
                        times.backward(layer, setup.scenario.batch).count());
  }
  text += fmt::format(" {};", times.update().count());
  for (const std::int64_t bytes : {1024, 1024 * 1024}) {
    for (const network::Operation operation : kMeasured) text += fmt::format(" {}", predicted_seconds(network, operation, bytes));
  }
  return text;
}

Validation measure(const ValidationSetup& setup, Transport& transport, RealCollectives& collectives, Watchdog& watchdog) {
  Measurement measurement(transport, collectives, watchdog, setup.scenario, setup.training, setup.network, setup.measure);
  Validation result;
  result.network = setup.network.name;
  result.title = setup.network.title;
  result.transport = fmt::format("{} ({})", transport.name(), transport.version());
  result.compute = setup.measure.kernels ? "kernels" : "sleep";
  result.ranks = transport.size();
  result.by_library = collectives.by_library();
  for (const network::Operation operation : kMeasured) {
    const bool gathers = operation == network::Operation::all_gather;
    for (const std::int64_t size : setup.sizes) {
      const std::int64_t bytes = gathers ? std::max<std::int64_t>(1, size / transport.size()) : size / 4 * 4;
      ComparedCollective one;
      one.algorithm = gathers ? setup.network.algorithms.all_gather : setup.network.algorithms.all_reduce;
      one.measured = measurement.collective(operation, bytes);
      result.collectives.push_back(std::move(one));
    }
  }
  for (const models::MethodSetting& setting : setup.scenario.methods) {
    ComparedTraining one;
    one.measured = measurement.train(setting);
    one.period = setting.row->make(setting.parameters)->period();
    result.trainings.push_back(std::move(one));
  }
  return result;
}

void predict(const ValidationSetup& setup, Validation& validation) {
  for (ComparedCollective& one : validation.collectives) {
    one.predicted = predicted_seconds(setup.network, one.measured.operation, one.measured.bytes);
  }
  for (std::size_t i = 0; i < validation.trainings.size(); ++i) {
    ComparedTraining& one = validation.trainings[i];
    const models::MethodSetting& setting = setup.scenario.methods[i];
    one.predicted = predict(setup.scenario, setup.training, setup.network, setting,
                            setup.measure.kernels ? Forward::as_one : Forward::by_layer);
    one.operations = match(one.predicted.operations, operations_of(one.measured.spans, one.measured.period_begins,
                                                                   static_cast<std::size_t>(setup.measure.warmup)));
    one.correctness =
        setup.measure.kernels ? check_training(setup.training, setting, one.measured) : "every collective, in warm-up";
  }
}

}  // namespace syncline::tools
