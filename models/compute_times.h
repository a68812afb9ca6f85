// How long one worker computes, layer by layer: by the roofline of its processor, as somebody measured it, or shared out so that
// the whole step takes what a measured rate says.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/device_profile.h"
#include "models/dnn/dnn.h"
#include "sim/error.h"
#include "sim/units.h"

namespace syncline::models {

/// One layer's passes, for all samples of one step.
struct MeasuredLayer {
  std::string name;
  Time forward, backward;
  Location where;                                          // for errors about it
  std::vector<std::vector<std::int64_t>> parameters = {};  // their shapes, where the profile is all that describes the network
};

/// What was measured of a network on one processor.
struct LayerProfile {
  std::string title;               // what reports call it
  std::string model;               // of models(), or "layers"
  std::string device;              // on which it was measured
  std::string precision = "fp32";  // that factors of products were rounded to; or tf32, bf16
  std::string date, source;
  int batch = 1;  // samples per step
  std::vector<MeasuredLayer> layers;
  std::optional<Time> update;  // of the optimiser's step; none: the roofline says
  Location where;
};

/// What is known of a network's times besides the roofline. A rate goes before a profile, and a profile before the roofline.
struct ComputeSetting {
  std::optional<double> samples_per_second;  // of one worker by itself at its batch, forward, backward and update together
  std::optional<LayerProfile> profile;
  std::optional<Time> update;   // in place of the profile's or the roofline's; where there is a rate, a part of its time
  Location rate_where;          // for errors about the rate
  bool rate_has_update = true;  // false: the rate is of forward and backward, and the update comes on top

  bool any() const { return samples_per_second || profile || update; }  // else all is as the roofline says
};

/// Of one worker at full speed, in one step.
struct ComputeTimes {
  std::vector<double> forward, backward;  // [layer] seconds, in the network's order
  double update = 0;                      // seconds of the optimiser's step
  int batch = 1;                          // samples per step; others take in proportion, but for the update

  double total() const;
  Time forward_time(std::size_t layer, int batch, double speed) const;
  Time backward_time(std::size_t layer, int batch, double speed) const;
  Time update_time(double speed) const;
};

/// What a layer's passes ask of a processor.
kernels::KernelCost forward_work(const Layer& layer, int batch);
kernels::KernelCost backward_work(const Layer& layer, int batch);

/// What one worker's work takes: its layers by `times`, where there are any, and all else by its device's roofline.
class WorkerTimes {
 public:
  /// `times` may be null. `speed`: 0.5 takes twice as long. All must outlive this.
  WorkerTimes(const Dnn& dnn, const DeviceProfile& device, const ComputeTimes* times, double speed)
      : dnn_(dnn), device_(device), times_(times), speed_(speed) {}
  Time forward(int layer, int batch) const { return passes(batch).forward[static_cast<std::size_t>(layer)]; }
  Time backward(int layer, int batch) const { return passes(batch).backward[static_cast<std::size_t>(layer)]; }
  Time update() const;
  /// Of one layer's tensors.
  Time update(int layer) const;
  Time kernel(kernels::KernelCost cost) const { return duration(device_, cost, speed_); }
  Time kernel(std::string_view name, kernels::KernelCost cost) const { return duration(device_, name, cost, speed_); }

 private:
  struct Passes {
    int batch = 0;                        // none yet
    std::vector<Time> forward, backward;  // [layer]
  };
  const Passes& passes(int batch) const {
    if (batch != passes_.batch) passes_ = reckoned(batch);
    return passes_;
  }
  Passes reckoned(int batch) const;

  const Dnn& dnn_;
  const DeviceProfile& device_;
  const ComputeTimes* times_;
  double speed_;
  mutable Passes passes_;  // of the batch last asked for: every step asks the same
};

/// UserError naming the profile's line where it is of another network, names a layer that the network lacks, or one twice, or
/// leaves one out; and where the rate leaves the layers no time, or they have no times in whose proportion to share it.
ComputeTimes compute_times(const Dnn& dnn, const DeviceProfile& device, int batch, const ComputeSetting& setting);

/// In words: "a measured rate of 120 samples/s, shared out by the roofline".
std::string source_text(const ComputeSetting& setting, const DeviceProfile& device);
/// Which of the three it is: "rate", "profile" or "roofline".
std::string source_name(const ComputeSetting& setting);

}  // namespace syncline::models
