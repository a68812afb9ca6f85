// Layers of a network as `syncline profile` measures them: each by itself, on one batch, forward and backward.
#pragma once

#include <optional>
#include <vector>

#include "kernels/stopwatch.h"
#include "models/dnn/dnn.h"

namespace syncline::tools {

struct LayerTimes {
  double forward = 0, backward = 0;  // seconds
};

/// [layer] nothing where there are no kernels (has_kernels). Layers of equal shapes are measured once. OutOfMemory where the device
/// has not the memory for a layer's batch.
std::vector<std::optional<LayerTimes>> measure_layers(const kernels::Device& device, const kernels::Stopwatch& stopwatch,
                                                      const models::Dnn& dnn, int batch);

}  // namespace syncline::tools
