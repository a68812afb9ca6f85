// Source of the format: "Trace Event Format", Google, 2016: complete events (X), counters (C), metadata (M); times in
// microseconds.
#include "tools/chrome_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "tools/window_means.h"

namespace syncline::tools {
namespace {

// A worker's activities are shown in two threads, one under the other.
enum class Lane { compute, communication };
constexpr int kLanes = 2;
constexpr const char* kLaneNames[kLanes] = {"compute", "communication"};

Lane lane_of(const std::string& category) {
  if (category == "communication") return Lane::communication;
  return Lane::compute;
}

int thread_of(const sim::Span& span) { return span.track * kLanes + static_cast<int>(lane_of(span.category)); }

std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

/// Picoseconds as microseconds, with all six digits of the fraction.
std::string microseconds(Time time) { return fmt::format("{}.{:06}", time.count() / 1'000'000, time.count() % 1'000'000); }

/// Links change thousands of times in a step; a counter shows the mean over this part of what was played.
constexpr int kWindows = 200;

Time end_of(const sim::MemoryTrace& trace) {
  Time end = Time::zero();
  for (const sim::Span& span : trace.spans) end = std::max(end, span.end);
  for (const sim::Sample& sample : trace.samples) end = std::max(end, sample.at);
  return end;
}

class Events {
 public:
  explicit Events(OutputFile& file) : file_(file) { file_.write("{\"displayTimeUnit\": \"ns\", \"traceEvents\": ["); }
  void add(const std::string& event) {
    file_.write(first_ ? "\n" : ",\n");
    file_.write(event);
    first_ = false;
  }
  void finish() { file_.write("\n]}\n"); }

 private:
  OutputFile& file_;
  bool first_ = true;
};

void write_process(Events& events, int pid, const std::string& name, const sim::MemoryTrace& trace) {
  events.add(fmt::format(R"({{"ph": "M", "pid": {}, "name": "process_name", "args": {{"name": {}}}}})", pid, quoted(name)));
  std::set<int> threads;
  for (const sim::Span& span : trace.spans) threads.insert(thread_of(span));
  for (const int thread : threads) {
    events.add(fmt::format(R"({{"ph": "M", "pid": {}, "tid": {}, "name": "thread_name", "args": {{"name": "worker {} {}"}}}})",
                           pid, thread, thread / kLanes, kLaneNames[thread % kLanes]));
  }
  const Time end = end_of(trace);
  const Time window = std::max(Time::picoseconds(end.count() / kWindows), Time::picoseconds(1));
  for (const sim::Span& span : trace.spans) {
    events.add(
        fmt::format(R"({{"ph": "X", "pid": {}, "tid": {}, "name": {}, "cat": {}, "ts": {}, "dur": {}, "args": {{"bytes": {}}}}})",
                    pid, thread_of(span), quoted(span.name), quoted(span.category), microseconds(span.begin),
                    microseconds(span.end - span.begin), span.bytes.count()));
  }
  for (const sim::Sample& sample : window_means(trace.samples, window, end)) {
    events.add(fmt::format(R"({{"ph": "C", "pid": {}, "name": {}, "ts": {}, "args": {{"value": {}}}}})", pid,
                           quoted(sample.series), microseconds(sample.at), sample.value));
  }
}

}  // namespace

void write_chrome_trace(const scenarios::Scenario& scenario, const scenarios::RunResult& result, OutputFile& file) {
  std::vector<NamedTrace> traces;
  for (const scenarios::NetworkResult& network : result.networks) {
    for (std::size_t method = 0; method < network.traces.size(); ++method) {
      traces.push_back({scenario.methods[method].label + " on " + network.name, &network.traces[method]});
    }
  }
  write_chrome_trace(traces, file);
}

void write_chrome_trace(std::span<const NamedTrace> traces, OutputFile& file) {
  Events events(file);
  int pid = 0;
  for (const NamedTrace& named : traces) write_process(events, ++pid, named.name, *named.trace);
  events.finish();
}

}  // namespace syncline::tools
