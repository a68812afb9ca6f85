// The options --backend and --threads: where kernels run.
#pragma once

#include <boost/program_options.hpp>

#include "kernels/device.h"

namespace syncline::tools {

void add_backend_options(boost::program_options::options_description& options);

/// auto: cuda where a GPU works, else cpu. UserError naming the nearest where there is no such backend, or where it does not
/// work here.
kernels::Backend backend_option(const boost::program_options::variables_map& values);

/// The option --gpu, of commands that measure one: auto, or a number as nvidia-smi counts them; in place of --backend.
void add_gpu_option(boost::program_options::options_description& options);
/// The backend that --gpu or --backend says. A GPU's number is told to CUDA, which must not have been asked for anything before.
/// UserError as backend_option, and where both are given.
kernels::Backend gpu_or_backend_option(const boost::program_options::variables_map& values);
/// A line on standard error, where `--gpu auto` has come to the processor.
void say_why_no_gpu();

/// The option --precision, of commands that multiply: fp32, tf32, bf16. UserError where it is none of them, or `backend` has no
/// other than fp32.
void add_precision_option(boost::program_options::options_description& options);
kernels::Math precision_option(const boost::program_options::variables_map& values, kernels::Backend backend);

}  // namespace syncline::tools
