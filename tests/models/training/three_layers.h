// Systems small enough to reckon by hand: three layers, a device on which only launches take time, stars.
#pragma once

#include <string>
#include <vector>

#include "models/training/timeline.h"

namespace syncline::models {

/// A device on which only launches take time: 1 ms each.
inline DeviceProfile launches_only() {
  DeviceProfile device;
  device.name = "launches only";
  device.flops_per_second = 1e30;
  device.memory = Bandwidth::bytes_per_second(1e30);
  device.launch = Time::milliseconds(1);
  return device;
}

/// Layers of so many parameters each; forward 1 launch each, backward 2.
inline Dnn layers_of(const std::vector<std::int64_t>& parameters) {
  Dnn dnn;
  for (const std::int64_t count : parameters) {
    Layer layer;
    layer.name = "layer" + std::to_string(dnn.layers.size());
    layer.parameters.push_back({"weight", {count}});
    layer.forward_launches = 1;
    layer.backward_launches = 2;
    dnn.layers.push_back(layer);
  }
  return dnn;
}

inline Dnn three_layers() { return layers_of({1000, 1000, 1000}); }

inline NetworkProfile star_of(int workers, double bytes_per_second) {
  NetworkProfile network;
  network.name = "star";
  network.cluster = network::star(workers, {Bandwidth::bytes_per_second(bytes_per_second), Time::zero()});
  return network;
}

}  // namespace syncline::models
