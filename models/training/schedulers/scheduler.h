// A scheduler: which gradients travel together, when each exchange starts and in which order, and what the next forward waits for.
// A method only says how one bucket is exchanged. To add one: write one file beside wfbp.cc and add its row to scheduler.cc.
#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/training/buckets.h"
#include "models/training/parameters.h"
#include "models/training/rank.h"

namespace syncline::models {

/// Turns the ranks' gradients of a bucket into their mean. The bucket outlives the task.
class Exchange {
 public:
  using Run = std::function<sim::Task<>(const Bucket& bucket)>;
  using Says = std::function<bool(const Bucket& bucket)>;

  /// `holds_backward`: of a bucket whose exchange, once begun, has to end before backward goes on.
  template <std::convertible_to<Run> F>
  Exchange(
      F run, Says holds_backward = [](const Bucket&) { return false; })  // NOLINT(google-explicit-constructor)
      : run_(std::move(run)), holds_backward_(std::move(holds_backward)) {}

  sim::Task<> operator()(const Bucket& bucket) const { return run_(bucket); }
  bool holds_backward(const Bucket& bucket) const { return holds_backward_(bucket); }

 private:
  Run run_;
  Says holds_backward_;
};

/// What limits of buckets are about.
struct WireSize {
  std::function<double(const TensorPlace&)> bytes_of;  // on the wire
  double ratio = 1;                                    // limits are multiplied by this
};
WireSize fp32_size();

class Scheduler {
 public:
  virtual ~Scheduler() = default;
  /// In the order in which backward makes them, from the network alone: what exchanges are about unless plan() says more.
  virtual std::vector<Bucket> buckets(const Dnn& dnn, const WireSize& size) const = 0;
  std::vector<Bucket> buckets(const Dnn& dnn) const { return buckets(dnn, fp32_size()); }
  /// The buckets of a play, the same on all ranks; may ask them for times.
  virtual sim::Task<std::vector<Bucket>> plan(Rank& w) const;
  /// The training loop: `exchange` is called for each of the buckets that plan() gave, or (where the row says so) for others made
  /// of them, in the same order on all ranks. All must outlive the task.
  virtual sim::Task<> train(Rank& w, const std::vector<Bucket>& buckets, const Exchange& exchange) const = 0;
  /// Equal for those whose buckets() are.
  virtual std::string buckets_key() const { return "tensors"; }
  /// True where gradients go through a parameter server.
  virtual bool push_pull() const { return false; }
};

struct SchedulerRow {
  std::string name, title, source, help;
  bool overlaps = true;       // exchanges start while backward runs
  bool fixed_buckets = true;  // exchanges are about what buckets() says, and so about the same whatever the network
  std::vector<ParameterRow> parameters;
  std::unique_ptr<Scheduler> (*make)(const Parameters& parameters) = nullptr;
};

std::span<const SchedulerRow> schedulers();
/// Throws UserError with the nearest name.
const SchedulerRow& scheduler_row(std::string_view name);

/// Which schedulers a method can have.
enum class Schedulers { all, of_fixed_buckets };
/// The parameter "schedule", and those of each scheduler, which are read where it is chosen.
std::vector<ParameterRow> schedule_parameters(const std::string& standard, Schedulers which);
/// The scheduler that a method's parameters choose.
std::unique_ptr<Scheduler> scheduler_of(const Parameters& parameters);

}  // namespace syncline::models
