// What the workers did in the steps that were played, in the trace-event format of Chrome and Perfetto: a process for each
// method on each network, two threads for each worker (compute stream, collectives), and for each link a counter of its
// utilisation (0 to 1), averaged over 1/200 of what was played.
#pragma once

#include <span>
#include <string>

#include "scenarios/run.h"
#include "scenarios/scenario.h"
#include "tools/output_file.h"

namespace syncline::tools {

void write_chrome_trace(const scenarios::Scenario& scenario, const scenarios::RunResult& result, OutputFile& file);

struct NamedTrace {
  std::string name;
  const sim::MemoryTrace* trace = nullptr;
};
/// Likewise, a process for each trace.
void write_chrome_trace(std::span<const NamedTrace> traces, OutputFile& file);

}  // namespace syncline::tools
