#include "tools/real/measure.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "network/collective_timing.h"
#include "tools/real/exact_data.h"
#include "tools/real/exchange.h"
#include "tools/real/handshake.h"
#include "tools/real/operations.h"
#include "tools/real/sleeping_rank.h"
#include "tools/real/training_rank.h"

namespace syncline::tools {
namespace {

std::string to_json(const std::vector<sim::Span>& spans) {
  nlohmann::json json = nlohmann::json::array();
  for (const sim::Span& span : spans) {
    json.push_back({span.name, span.category, span.begin.count(), span.end.count(), span.bytes.count()});
  }
  return json.dump();
}

void append(std::vector<sim::Span>& spans, const std::string& text, int rank) {
  for (const nlohmann::json& span : nlohmann::json::parse(text)) {
    spans.push_back({rank, span[0], span[1], Time::picoseconds(span[2]), Time::picoseconds(span[3]), Bytes(span[4])});
  }
}

}  // namespace

MeasuredCollective Measurement::collective(network::Operation operation, std::int64_t bytes) {
  const std::string name = fmt::format("{} of {} bytes", network::name_of(operation), bytes);
  ExactData data(collectives_);
  const auto once = [&](bool check) {
    const Watchdog::Wait wait(watchdog_, name);
    if (operation == network::Operation::all_gather) {
      data.all_gather(bytes, check);
    } else {
      data.all_reduce(bytes / 4, check);
    }
  };
  once(true);
  std::vector<double> mine;
  for (int i = 0; i < options_.repetitions; ++i) {
    std::this_thread::sleep_for(kRest);
    meet(name);
    const WallClock clock;
    once(false);
    mine.push_back(clock.now().seconds());
  }
  once(true);
  const Watchdog::Wait wait(watchdog_, "the gathering of times");
  std::vector<double> slowest(mine.size(), 0.0);
  for (const std::vector<double>& theirs : gather_numbers(transport_, mine)) {
    for (std::size_t i = 0; i < theirs.size(); ++i) slowest[i] = std::max(slowest[i], theirs[i]);
  }
  return {operation, bytes, median(slowest), std::ranges::min(slowest), std::ranges::max(slowest)};
}

std::int64_t Measurement::steps_of(const models::Method& method) const {
  return std::int64_t{method.period()} * (options_.warmup + options_.iterations);
}

void Measurement::meet(const std::string& before) {
  const Watchdog::Wait wait(watchdog_, "the barrier before " + before);
  transport_.barrier();
}

Expected Measurement::expected() const {
  const double speed = network_.speed.empty() ? 1.0 : network_.speed[static_cast<std::size_t>(transport_.rank())];
  const models::Algorithms& by = collectives_.predicted_by();
  return {models::WorkerTimes(training_.dnn, scenario_.gpu, training_.times ? &*training_.times : nullptr, speed),
          [this, by](Bytes bytes) {
            return network::time_in_a_loop(network_.cluster, network_.stack, {by.all_reduce, bytes, by.roles}, Time::zero());
          }};
}

Measurement::Part Measurement::sleep(const models::Method& method, Stage& stage, sim::TraceSink& sink) {
  SleepingWorker worker;
  worker.batch = scenario_.batch;
  worker.steps = steps_of(method);
  worker.checked_steps = std::int64_t{method.period()} * options_.warmup;
  SleepingRank rank(stage, collectives_, training_.dnn, expected(), worker, sink);
  meet("training");
  stage.run(method.train(rank));
  return {rank.step_begins(), {}, ""};
}

kernels::Device Measurement::compute_device() const {
  if (transport_.gpu().empty()) return kernels::Device::open(kernels::Backend::cpu, 1);
  return kernels::Device::open(kernels::Backend::cuda);  // the one that the transport has chosen for this process
}

Measurement::Part Measurement::train(const models::Method& method, const models::MethodSetting& setting, Stage& stage,
                                     sim::TraceSink& sink) {
  const kernels::Device device = compute_device();
  const models::TrainingSetup& setup = training_.setup;
  const int largest = setup.batch * (method.grows_batch() ? models::kLargestBatchFactor : 1);
  const int mine = transport_.rank();
  const std::unique_ptr<models::Learner> learner = models::make_learner(
      device, training_.dnn, training_.data, {setup.shards[static_cast<std::size_t>(mine)]}, largest, setup.seed, mine);
  const TrainingWorker worker{setup.batch, steps_of(method), models::optimizer_of(setup, setting), setup.seed};
  TrainingRank rank(stage, collectives_, training_.dnn, expected(), device, *learner, worker, sink);
  meet("training");
  stage.run(method.train(rank));
  const std::vector<float> weights = rank.weights();
  return {rank.step_begins(), rank.losses(),
          fingerprint({reinterpret_cast<const char*>(weights.data()), weights.size() * sizeof(float)})};
}

MeasuredTraining Measurement::train(const models::MethodSetting& setting) {
  const std::unique_ptr<models::Method> method = setting.row->make(setting.parameters);
  sim::MemoryTrace trace;
  Stage stage(watchdog_, [&](const Communication& done) {
    if (done.name.empty()) return;  // ranks that agree about something
    trace.span({transport_.rank(), done.name, "communication", done.begin, done.end, done.bytes});
  });
  const Part part = options_.kernels ? train(*method, setting, stage, trace) : sleep(*method, stage, trace);

  const Watchdog::Wait wait(watchdog_, "the gathering of traces");
  MeasuredTraining result;
  result.method = setting.label;
  std::vector<double> begins;
  for (std::size_t step = 0; step < part.step_begins.size(); step += static_cast<std::size_t>(method->period())) {
    begins.push_back(part.step_begins[step].seconds());
  }
  result.period_begins = gather_numbers(transport_, begins);
  const std::vector<std::string> traces = gather_texts(transport_, to_json(trace.spans));
  for (int r = 0; r < transport_.size(); ++r) append(result.spans, traces[static_cast<std::size_t>(r)], r);
  if (options_.kernels) {
    result.by_cpu = transport_.gpu().empty();
    result.weight_marks = gather_texts(transport_, part.weight_mark);
    result.losses.resize(part.losses.size());
    for (const std::vector<double>& theirs : gather_numbers(transport_, part.losses)) {
      for (std::size_t step = 0; step < theirs.size(); ++step) result.losses[step] += theirs[step];
    }
    for (double& loss : result.losses) loss /= transport_.size();
  }

  std::vector<double> periods;
  for (auto p = static_cast<std::size_t>(options_.warmup); p + 1 < begins.size(); ++p) {
    double sum = 0;
    for (const std::vector<double>& theirs : result.period_begins) sum += theirs[p + 1] - theirs[p];
    periods.push_back(sum / transport_.size() / method->period());
  }
  result.iteration = median(periods);
  result.least = std::ranges::min(periods);
  result.greatest = std::ranges::max(periods);
  return result;
}

}  // namespace syncline::tools
