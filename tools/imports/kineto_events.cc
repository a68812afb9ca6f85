#include "tools/imports/kineto_events.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "models/data/gzip.h"
#include "sim/error.h"

namespace syncline::tools {
namespace {

using json = nlohmann::json;

constexpr double kLongest = 1e12;  // microseconds of one event: 11 days

std::optional<KinetoKind> kind_of(std::string_view category, std::string_view name) {
  if (category == "cpu_op" || category == "Operator") return KinetoKind::op;  // the latter until PyTorch 1.11
  if (category == "user_annotation") return KinetoKind::annotation;
  if (category == "python_function") {
    return name.starts_with("nn.Module: ") ? std::optional(KinetoKind::module) : std::nullopt;
  }
  if (category == "cuda_runtime" || category == "cuda_driver" || category == "Runtime") return KinetoKind::launch;
  if (category == "kernel" || category == "gpu_memcpy" || category == "gpu_memset" || category == "Kernel" ||
      category == "Memcpy" || category == "Memset") {
    return KinetoKind::device;
  }
  return std::nullopt;
}

/// Numbers and texts alike are names of processes and threads.
std::string label_of(const json& event, const char* key) {
  const auto found = event.find(key);
  if (found == event.end()) return "";
  return found->is_string() ? found->get<std::string>() : found->dump();
}

std::optional<std::int64_t> whole(const json& arguments, const char* key) {
  const auto found = arguments.find(key);
  if (found == arguments.end() || !found->is_number_integer()) return std::nullopt;
  return found->get<std::int64_t>();
}

/// Where every input that has a shape is a list of whole numbers; else nothing.
std::vector<std::vector<std::int64_t>> shapes_of(const json& arguments) {
  std::vector<std::vector<std::int64_t>> shapes;
  const auto found = arguments.find("Input Dims");
  if (found == arguments.end() || !found->is_array()) return {};
  for (const json& shape : *found) {
    shapes.emplace_back();
    if (!shape.is_array()) return {};
    for (const json& extent : shape) {
      if (!extent.is_number_integer()) return {};
      shapes.back().push_back(extent.get<std::int64_t>());
    }
  }
  return shapes;
}

class Reader {
 public:
  explicit Reader(const std::string& file) : file_(file) {}

  KinetoTrace trace(std::string_view text) {
    const json root = parse(text);
    if (root.is_array()) {
      fail("is a list of events: the profiler of a PyTorch that was built without Kineto, which tells no categories");
    }
    if (!root.is_object()) fail("is not a trace of PyTorch's profiler: it must be an object");
    const auto events = root.find("traceEvents");
    if (events == root.end() || !events->is_array()) fail("is not a trace of PyTorch's profiler: it has no list traceEvents");
    KinetoTrace result;
    for (const json& event : *events) {
      add(event, result.events);
      ++number_;
    }
    result.device = device_of(root);
    return result;
  }

 private:
  [[noreturn]] void fail(const std::string& message) const { throw UserError({file_, 0, ""}, message); }
  [[noreturn]] void fail_event(const std::string& message) const {
    throw UserError({file_, 0, "traceEvents[" + std::to_string(number_) + "]"}, message);
  }

  json parse(std::string_view text) const {
    try {
      return json::parse(text);
    } catch (const json::parse_error& error) {
      fail("is not JSON, or cut off: at byte " + std::to_string(error.byte));
    }
  }

  static std::string device_of(const json& root) {
    const auto devices = root.find("deviceProperties");
    if (devices == root.end() || !devices->is_array() || devices->empty() || !devices->front().is_object()) return "";
    return label_of(devices->front(), "name");
  }

  double time(const json& event, const char* key) const {
    const auto found = event.find(key);
    if (found == event.end() || !found->is_number()) fail_event(std::string(key) + " must be a number of microseconds");
    const double value = found->get<double>();
    if (!std::isfinite(value)) fail_event(std::string(key) + " must be finite");
    return value;
  }

  void add(const json& event, std::vector<KinetoEvent>& events) const {
    if (!event.is_object()) fail_event("must be an object");
    if (label_of(event, "ph") != "X") return;
    const auto kind = kind_of(label_of(event, "cat"), label_of(event, "name"));
    if (!kind) return;
    KinetoEvent result;
    result.kind = *kind;
    result.name = label_of(event, "name");
    result.thread = label_of(event, "pid") + "/" + label_of(event, "tid");
    result.begin = time(event, "ts");
    result.length = time(event, "dur");
    if (!(result.length >= 0 && result.length <= kLongest)) fail_event("dur must be from 0 to 10^12 microseconds");
    const auto arguments = event.find("args");
    if (arguments != event.end() && arguments->is_object()) {
      result.external_id = whole(*arguments, "External id");
      if (!result.external_id) result.external_id = whole(*arguments, "external id");
      result.correlation = whole(*arguments, "correlation");
      result.sequence = whole(*arguments, "Sequence number");
      if (result.sequence && *result.sequence < 0) result.sequence.reset();  // as -1, or what it is without a sign: none
      result.inputs = shapes_of(*arguments);
    }
    events.push_back(std::move(result));
  }

  const std::string& file_;
  std::size_t number_ = 0;
};

}  // namespace

KinetoTrace parse_kineto(std::string_view text, const std::string& file) { return Reader(file).trace(text); }

KinetoTrace read_kineto(const std::string& file) {
  const std::vector<std::uint8_t> bytes = models::read_maybe_gzip(file);
  return parse_kineto({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, file);
}

}  // namespace syncline::tools
