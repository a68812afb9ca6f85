// The events of a PyTorch profiler's trace (Kineto's Chrome-trace JSON), as far as the import reads them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace syncline::tools {

enum class KinetoKind {
  annotation,  // torch.profiler.record_function, ProfilerStep#N, Optimizer.step#SGD.step
  module,      // a Python call of a torch.nn.Module, with with_stack
  op,          // an operator on a CPU thread
  launch,      // a call of the CUDA runtime or driver
  device,      // a kernel, copy or fill on a GPU
};

struct KinetoEvent {
  KinetoKind kind{};
  std::string name;
  std::string thread;                             // process and thread together
  double begin = 0, length = 0;                   // microseconds
  std::optional<std::int64_t> external_id;        // of an op, or of a device's work: the op that asked for it
  std::optional<std::int64_t> correlation;        // joins a launch and a device's work
  std::optional<std::int64_t> sequence;           // joins an op of forward and the node of backward that it made
  std::vector<std::vector<std::int64_t>> inputs;  // shapes; with record_shapes

  double end() const { return begin + length; }
};

struct KinetoTrace {
  std::string device;  // of the first GPU; empty: there is none
  std::vector<KinetoEvent> events;
};

/// Of a file, which may be compressed by gzip. UserError naming the file, and the event by its number from 0, where it is no such
/// trace, or a time is missing, negative or not a number.
KinetoTrace read_kineto(const std::string& file);

/// Of its text. `file`: for messages.
KinetoTrace parse_kineto(std::string_view text, const std::string& file);

}  // namespace syncline::tools
