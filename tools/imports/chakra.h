// From a Chakra trace of one data-parallel training step to a network of layers that scenarios time.
//
// What is computed before any collective has ended is forward and backward, in the trace's order: up to the node that the first
// collective waits for, which is its layer's backward, all is forward; then each collective closes a layer, whose backward is what
// was computed since the one before. What waits for a collective is the update. The layers are then turned about, since backward
// runs from the last to the first. So S-SGD with schedule = "wfbp" makes the trace's collectives, of its bytes, each when its layer is
// done; other methods and fusions ask what else could be done with the same step.
#pragma once

#include "models/compute_times.h"
#include "models/device_profile.h"
#include "tools/imports/chakra_trace.h"

namespace syncline::tools {

/// Nodes that tell no duration take what the roofline of `device` says of their num_ops and tensor_size; null: UserError at the
/// first of them. Where nodes ran on a GPU, those on the CPU take no time of their own: they launched the others.
/// UserError naming the file and node where the step is not data-parallel: there is a collective other than an all-reduce, a
/// message from rank to rank, a collective that waits for another by way of computing, or none at all.
models::LayerProfile import_chakra(const ChakraTrace& trace, const models::DeviceProfile* device, const std::string& file);

}  // namespace syncline::tools
