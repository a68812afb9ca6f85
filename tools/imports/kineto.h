// From what PyTorch's profiler saw of some training steps to a profile, layer by layer.
//
// A layer is what torch.profiler.record_function names (the innermost, where they are nested); where it names nothing, or one
// range alone, each torch.nn.Module that with_stack shows. Work belongs to the layer in whose range it was asked for. Backward's
// belongs to the layer that made its node: both have one sequence number. Gradients that are added up, and whatever has no number, belong to
// the layer before them. Optimizer.* is the update.
//
// Where a GPU worked, its kernels' lengths count, each for the operator that launched it: by the launch with its correlation id,
// else by the operator with its external id. Else the operators' own lengths count, without what is between them.
//
// Times are means over the trace's ProfilerStep#N; where there are none, of all that is there, as one step (one update at most).
#pragma once

#include <string>

#include "models/compute_times.h"
#include "tools/imports/kineto_events.h"

namespace syncline::tools {

struct KinetoImport {
  models::LayerProfile profile;  // times and shapes; model and batch are left to the caller
  int steps = 0;
  bool on_gpu = false;
  double total = 0, outside = 0;       // seconds a step: of all; of what belongs to no layer, nor to the update
  std::string longest_outside;         // the name of the operator that takes most of it
  std::size_t kernels_without_op = 0;  // that no operator asked for
};

/// UserError naming the file where no layer is to be found, or none takes any time.
KinetoImport import_kineto(const KinetoTrace& trace, const std::string& file);

}  // namespace syncline::tools
