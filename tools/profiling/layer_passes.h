// A layer's forward and backward pass as something to be timed, on arrays of its own.
#pragma once

#include <functional>

#include "kernels/device.h"
#include "models/dnn/dnn.h"

namespace syncline::tools {

struct LayerPasses {
  std::function<void()> forward, backward;
};

/// True where there are kernels for this layer: where it has a shape, and for all that networks which can be trained are made of.
bool has_kernels(const models::Layer& layer);

/// Of one replica with this batch; numbers are normal, indices at random. OutOfMemory where the device has not the memory for it.
LayerPasses layer_passes(const kernels::Device& device, const models::Layer& layer, int batch);

}  // namespace syncline::tools
