#include "tools/imports/kineto.h"

#include <algorithm>
#include <functional>
#include <map>
#include <numeric>
#include <set>
#include <string_view>

#include "sim/error.h"

namespace syncline::tools {
namespace {

constexpr std::string_view kStep = "ProfilerStep#", kOptimizer = "Optimizer.";
constexpr std::string_view kOfPyTorch[] = {kStep, kOptimizer, "enumerate(DataLoader)", "DistributedDataParallel."};
constexpr std::string_view kCollectives[] = {"nccl:", "gloo:"};
constexpr std::string_view kBackward = "autograd::engine::evaluate_function: ";
constexpr std::string_view kAccumulate = "torch::autograd::AccumulateGrad";
constexpr int kNone = -1;
constexpr double kMostSeconds = 1e6;  // of a step: all simulated time is 106 days

/// What some work is for.
struct Owner {
  enum class Part { outside, forward, backward, update } part = Part::outside;
  int layer = kNone;
};

class Importer {
 public:
  Importer(const KinetoTrace& trace, const std::string& file) : events_(trace.events), file_(file) {}

  KinetoImport run() {
    find_steps();
    nest();
    name_layers();
    own_operators();
    charge();
    return result();
  }

 private:
  using Part = Owner::Part;

  [[noreturn]] void fail(const std::string& message) const { throw UserError({file_, 0, ""}, message); }

  const KinetoEvent& event(int index) const { return events_[static_cast<std::size_t>(index)]; }
  int parent(int index) const { return parents_[static_cast<std::size_t>(index)]; }
  bool is_backward(int index) const { return event(index).kind == KinetoKind::op && event(index).name.starts_with(kBackward); }

  void find_steps() {
    for (const KinetoEvent& each : events_) {
      if (each.kind == KinetoKind::annotation && each.name.starts_with(kStep)) steps_.emplace_back(each.begin, each.end());
    }
    const auto updates = std::ranges::count_if(events_, [](const KinetoEvent& each) {
      return each.kind == KinetoKind::annotation && each.name.starts_with("Optimizer.step#");
    });
    if (steps_.empty() && updates > 1) {
      fail(std::to_string(updates) + " steps of an optimiser, and no ProfilerStep#N: call the profiler's step() after each");
    }
  }
  bool is_in_a_step(int index) const {
    const double begin = event(index).begin;
    return steps_.empty() || std::ranges::any_of(steps_, [&](const auto& s) { return begin >= s.first && begin < s.second; });
  }

  /// On each thread, what began while another was under way is within it, but for collectives: those go on beside what follows.
  void nest() {
    parents_.assign(events_.size(), kNone);
    order_.resize(events_.size());
    std::iota(order_.begin(), order_.end(), 0);
    std::ranges::stable_sort(order_, [&](int a, int b) {
      const KinetoEvent &left = event(a), &right = event(b);
      return left.begin != right.begin ? left.begin < right.begin : left.length > right.length;
    });
    std::map<std::string, std::vector<int>> open;  // [thread]
    for (const int index : order_) {
      if (event(index).kind == KinetoKind::device) continue;
      std::vector<int>& stack = open[event(index).thread];
      while (!stack.empty() && event(stack.back()).end() <= event(index).begin) stack.pop_back();
      if (!stack.empty()) parents_[static_cast<std::size_t>(index)] = stack.back();
      if (event(index).kind != KinetoKind::annotation || !is_collective(event(index).name)) stack.push_back(index);
    }
  }

  static bool is_collective(std::string_view name) {
    return std::ranges::any_of(kCollectives, [&](std::string_view prefix) { return name.starts_with(prefix); });
  }

  /// Not what PyTorch itself marks: a step, its optimiser and its loader, all of a distributed model, a collective.
  static bool names_a_layer(const KinetoEvent& each) {
    return !is_collective(each.name) &&
           std::ranges::none_of(kOfPyTorch, [&](std::string_view prefix) { return each.name.starts_with(prefix); });
  }
  static bool communicates(const KinetoEvent& kernel) {
    return kernel.name.starts_with("ncclKernel") || kernel.name.starts_with("ncclDevKernel");
  }

  /// One annotation alone is of all of forward, where there are modules.
  void name_layers() {
    layer_kind_ = KinetoKind::module;
    std::vector<std::string> modules = names_of_layers();
    layer_kind_ = KinetoKind::annotation;
    names_ = names_of_layers();
    if (names_.size() <= 1 && modules.size() > names_.size()) {
      layer_kind_ = KinetoKind::module;
      names_ = std::move(modules);
    }
    if (names_.empty()) {
      fail("names no layers: give each one a torch.profiler.record_function, or record with with_stack = True");
    }
    for (std::size_t i = 0; i < names_.size(); ++i) layers_.emplace(names_[i], static_cast<int>(i));
  }

  /// In the order in which their forward begins.
  std::vector<std::string> names_of_layers() const {
    std::vector<std::string> names;
    std::set<std::string_view> known;
    for (const int index : order_) {
      if (event(index).kind != KinetoKind::op || !is_in_a_step(index)) continue;
      const int range = is_update(index) ? kNone : layer_range(index);
      if (range != kNone && known.insert(event(range).name).second) names.push_back(event(range).name);
    }
    return names;
  }

  /// The innermost range that is a layer's, of what is not in backward.
  int layer_range(int index) const {
    int range = kNone;
    for (int at = index; at != kNone; at = parent(at)) {
      if (is_backward(at)) return kNone;
      if (range == kNone && event(at).kind == layer_kind_ && names_a_layer(event(at))) range = at;
    }
    return range;
  }

  /// A range's; none where it has no work in any step.
  int layer_of(int range) const {
    const auto found = range == kNone ? layers_.end() : layers_.find(event(range).name);
    return found == layers_.end() ? kNone : found->second;
  }

  bool is_update(int index) const {
    for (int at = index; at != kNone; at = parent(at)) {
      if (event(at).kind == KinetoKind::annotation && event(at).name.starts_with(kOptimizer)) return true;
    }
    return false;
  }

  /// The outermost node of backward that it is within.
  int backward_node(int index) const {
    int node = kNone;
    for (int at = index; at != kNone; at = parent(at)) {
      if (is_backward(at)) node = at;
    }
    return node;
  }

  void own_operators() {
    std::map<std::int64_t, int> made_by;  // [sequence number] the layer; the last operator that saw it has made the node
    for (const int index : order_) {
      if (event(index).kind != KinetoKind::op || !event(index).sequence || backward_node(index) != kNone) continue;
      const int range = layer_range(index);
      made_by[*event(index).sequence] = layer_of(range);
    }
    std::map<std::string, int> before;  // [thread] the layer of the node before
    for (const int index : order_) {
      if (!is_backward(index) || backward_node(index) != index) continue;
      const auto last = before.emplace(event(index).thread, kNone).first;
      if (const auto& number = event(index).sequence; number && made_by.count(*number) == 1) last->second = made_by[*number];
      node_layers_[index] = last->second;
    }
  }

  Owner owner(int index) const {
    if (const int node = backward_node(index); node != kNone) {
      const int layer = node_layers_.at(node);
      return {layer == kNone ? Part::outside : Part::backward, layer};
    }
    if (is_update(index)) return {Part::update, kNone};
    const int layer = layer_of(layer_range(index));
    return {layer == kNone ? Part::outside : Part::forward, layer};
  }

  void charge() {
    forward_.assign(names_.size(), 0);
    backward_.assign(names_.size(), 0);
    shapes_.resize(names_.size());
    on_gpu_ = std::ranges::any_of(events_, [](const KinetoEvent& each) { return each.kind == KinetoKind::device; });
    on_gpu_ ? charge_kernels() : charge_operators();
    for (const int index : order_) {
      const KinetoEvent& each = event(index);
      if (each.kind != KinetoKind::op || each.name != kAccumulate || each.inputs.empty()) continue;
      const Owner whose = owner(index);
      // Each gradient is added up once a step; one step shows them all.
      if (whose.part == Part::backward && is_in_first_step(index)) {
        auto& shapes = shapes_[static_cast<std::size_t>(whose.layer)];
        shapes.insert(shapes.begin(), each.inputs.front());
      }
    }
  }
  bool is_in_first_step(int index) const {
    if (steps_.empty()) return true;
    const auto& first = *std::ranges::min_element(steps_);
    return event(index).begin >= first.first && event(index).begin < first.second;
  }

  void add(const Owner& whose, double microseconds, const std::string& name) {
    total_ += microseconds;
    if (whose.part == Part::forward) forward_[static_cast<std::size_t>(whose.layer)] += microseconds;
    if (whose.part == Part::backward) backward_[static_cast<std::size_t>(whose.layer)] += microseconds;
    if (whose.part == Part::update) update_ += microseconds;
    if (whose.part == Part::outside) outside_[name] += microseconds;
  }

  bool is_within_an_operator(int index) const {
    for (int at = parent(index); at != kNone; at = parent(at)) {
      if (event(at).kind == KinetoKind::op) return true;
    }
    return false;
  }

  void charge_operators() {
    for (const int index : order_) {
      if (event(index).kind != KinetoKind::op || !is_in_a_step(index) || is_within_an_operator(index)) continue;
      add(owner(index), event(index).length, event(index).name);
    }
  }

  void charge_kernels() {
    std::map<std::int64_t, int> launches, operators;  // [correlation], [external id]
    for (const int index : order_) {
      const KinetoEvent& each = event(index);
      if (each.kind == KinetoKind::launch && each.correlation) launches.emplace(*each.correlation, index);
      if (each.kind == KinetoKind::op && each.external_id) operators.emplace(*each.external_id, index);
    }
    const auto found = [](const std::map<std::int64_t, int>& all, const std::optional<std::int64_t>& id) {
      const auto entry = id ? all.find(*id) : all.end();
      return entry == all.end() ? kNone : entry->second;
    };
    for (const int index : order_) {
      const KinetoEvent& each = event(index);
      if (each.kind != KinetoKind::device) continue;
      int cause = found(launches, each.correlation);
      if (cause == kNone) cause = found(operators, each.external_id);
      if (cause == kNone) {
        ++kernels_without_op_;
        if (is_in_a_step(index)) add({}, each.length, each.name);
      } else if (is_in_a_step(cause)) {
        add(communicates(each) ? Owner{} : owner(cause), each.length, each.name);
      }
    }
  }

  KinetoImport result() {
    KinetoImport found;
    found.steps = static_cast<int>(std::max<std::size_t>(steps_.size(), 1));
    found.on_gpu = on_gpu_;
    const double unit = 1e-6 / found.steps;
    if (!(total_ * unit < kMostSeconds)) fail("has steps of more than 10^6 s");
    for (std::size_t i = 0; i < names_.size(); ++i) {
      // Modules register weights before biases, whichever gradient is added up first.
      std::ranges::stable_sort(shapes_[i], std::greater(), [](const auto& shape) { return shape.size(); });
      found.profile.layers.push_back(
          {names_[i], Time::from_seconds(forward_[i] * unit), Time::from_seconds(backward_[i] * unit), {}, shapes_[i]});
    }
    found.profile.update = Time::from_seconds(update_ * unit);
    found.total = total_ * unit;
    double most = 0;
    for (const auto& [name, microseconds] : outside_) {
      found.outside += microseconds * unit;
      if (microseconds > most) found.longest_outside = name;
      most = std::max(most, microseconds);
    }
    found.kernels_without_op = kernels_without_op_;
    if (!(found.total > found.outside)) fail("has no work that belongs to a layer");
    return found;
  }

  const std::vector<KinetoEvent>& events_;
  const std::string& file_;
  std::vector<std::pair<double, double>> steps_;  // begin, end
  std::vector<int> parents_, order_;              // [event]; events by their begin, the longer first
  KinetoKind layer_kind_{};
  std::map<std::string, int> layers_;
  std::vector<std::string> names_;                              // [layer]
  std::map<int, int> node_layers_;                              // [outermost node of backward] its layer
  std::vector<double> forward_, backward_;                      // [layer] microseconds of all steps
  std::vector<std::vector<std::vector<std::int64_t>>> shapes_;  // [layer][parameter]
  std::map<std::string, double> outside_;
  double update_ = 0, total_ = 0;
  bool on_gpu_ = false;
  std::size_t kernels_without_op_ = 0;
};

}  // namespace

KinetoImport import_kineto(const KinetoTrace& trace, const std::string& file) { return Importer(trace, file).run(); }

}  // namespace syncline::tools
