#include "tools/imports/chakra.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "sim/error.h"

namespace syncline::tools {
namespace {

constexpr std::int64_t kBytesOfANumber = 4;  // gradients are fp32
constexpr double kMostSeconds = 1e6;         // of a step: all simulated time is 106 days
constexpr std::array<std::string_view, 10> kCollectives = {
    "ALL_REDUCE", "REDUCE",         "ALL_GATHER",           "GATHER", "SCATTER", "BROADCAST",
    "ALL_TO_ALL", "REDUCE_SCATTER", "REDUCE_SCATTER_BLOCK", "BARRIER"};

class Importer {
 public:
  Importer(const ChakraTrace& trace, const models::DeviceProfile* device, const std::string& file)
      : nodes_(trace.nodes), device_(device), file_(file) {
    on_gpu_ = std::ranges::any_of(nodes_, [](const ChakraNode& n) { return n.kind == ChakraKind::compute && !n.on_cpu; });
  }

  models::LayerProfile run() {
    mark_what_waits();
    std::vector<std::size_t> closed_by;  // collectives, in the order in which they can be made
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      check(nodes_[i]);
      if (is_collective(i)) closed_by.push_back(i);
    }
    if (closed_by.empty()) throw UserError({file_, 0, ""}, "has no collective: there is nothing to play on a network");
    models::LayerProfile profile;
    profile.update = Time::zero();
    check_length();
    std::vector<models::MeasuredLayer> layers;
    std::size_t done = 0;  // nodes before this one are in a layer, or in the update
    for (const std::size_t collective : closed_by) {
      const std::size_t last = last_compute(collective, done);
      const Time own = last > done ? seconds(last - 1) : Time::zero();
      const Time others = compute_between(done, last > done ? last - 1 : last);
      done = std::max(done, last);
      layers.push_back(layer(collective, layers.empty() ? others : Time::zero(), layers.empty() ? own : others + own));
    }
    // What is computed behind the last collective's gradient, though it waits for none, is the first layer's, too.
    layers.back().backward += compute_between(done, nodes_.size());
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (waits_[i] != 0) *profile.update += seconds(i);
    }
    std::ranges::reverse(layers);
    profile.layers = std::move(layers);
    return profile;
  }

 private:
  bool is_collective(std::size_t i) const { return nodes_[i].kind == ChakraKind::collective; }

  [[noreturn]] void fail(const ChakraNode& node, const std::string& message) const {
    throw UserError({file_, 0, "node " + std::to_string(node.id)}, node.name + ": " + message);
  }

  void check(const ChakraNode& node) const {
    if (node.kind == ChakraKind::send || node.kind == ChakraKind::receive) {
      fail(node, "a message from rank to rank: only data-parallel steps can be imported");
    }
    if (node.kind != ChakraKind::collective) return;
    if (node.collective != static_cast<int>(ChakraCollective::all_reduce)) {
      fail(node, std::string(kCollectives.at(static_cast<std::size_t>(node.collective))) +
                     ": only the ALL_REDUCE of gradients can be imported");
    }
    if (node.bytes < kBytesOfANumber) fail(node, "comm_size is less than one number's 4 bytes");
  }

  void check_length() const {
    double sum = 0;
    for (const ChakraNode& node : nodes_) {
      sum += 1e-6 * node.microseconds;
      if (device_ == nullptr) continue;
      sum += node.operations / (device_->compute_efficiency * device_->flops_per_second) +
             node.tensor_bytes / (device_->memory_efficiency * device_->memory.in_bytes_per_second());
    }
    if (!(sum < kMostSeconds)) throw UserError({file_, 0, ""}, "is a step of more than 10^6 s");
  }

  /// [node] it waits for a collective, itself not counted. A collective may wait for the one before (they are in one stream), but
  /// not for what is computed from its result.
  void mark_what_waits() {
    waits_.assign(nodes_.size(), 0);
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      for (const std::size_t before : nodes_[i].after) {
        if (waits_[before] == 0 && !is_collective(before)) continue;
        if (is_collective(i) && is_collective(before)) continue;
        if (is_collective(i)) fail(nodes_[i], "waits for what is computed from another collective's result");
        waits_[i] = 1;
      }
    }
  }

  /// One behind the last of the compute nodes that a collective waits for; `least` where they are before it.
  std::size_t last_compute(std::size_t collective, std::size_t least) const {
    std::vector<std::size_t> open = {collective};
    std::set<std::size_t> seen;
    std::size_t last = least;
    while (!open.empty()) {
      const std::size_t i = open.back();
      open.pop_back();
      for (const std::size_t before : nodes_[i].after) {
        if (is_collective(before) || !seen.insert(before).second) continue;
        if (nodes_[before].kind == ChakraKind::compute) last = std::max(last, before + 1);
        open.push_back(before);
      }
    }
    return last;
  }

  Time compute_between(std::size_t first, std::size_t last) const {
    Time sum = Time::zero();
    for (std::size_t i = first; i < last; ++i) {
      if (waits_[i] == 0) sum += seconds(i);
    }
    return sum;
  }

  /// Of a compute node; of any other nothing.
  Time seconds(std::size_t i) const {
    const ChakraNode& node = nodes_[i];
    if (node.kind != ChakraKind::compute || (on_gpu_ && node.on_cpu)) return Time::zero();
    if (node.microseconds > 0) return Time::from_seconds(node.microseconds * 1e-6);
    if (node.operations == 0 && node.tensor_bytes == 0) return Time::zero();
    if (device_ == nullptr) fail(node, "tells no duration, only num_ops or tensor_size; name a GPU with --gpu to reckon with");
    return duration(*device_, {node.operations, node.tensor_bytes, 1});
  }

  models::MeasuredLayer layer(std::size_t collective, Time forward, Time backward) {
    std::string name = nodes_[collective].name;
    if (!names_.insert(name).second) {
      name += " (node " + std::to_string(nodes_[collective].id) + ")";
      names_.insert(name);
    }
    return {name, forward, backward, {}, {{nodes_[collective].bytes / kBytesOfANumber}}};
  }

  const std::vector<ChakraNode>& nodes_;
  const models::DeviceProfile* device_;
  const std::string& file_;
  bool on_gpu_ = false;
  std::vector<char> waits_;
  std::set<std::string> names_;
};

}  // namespace

models::LayerProfile import_chakra(const ChakraTrace& trace, const models::DeviceProfile* device, const std::string& file) {
  return Importer(trace, device, file).run();
}

}  // namespace syncline::tools
