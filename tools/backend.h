// The options --backend and --threads: where kernels run.
#pragma once

#include <boost/program_options.hpp>

#include "kernels/device.h"

namespace syncline::tools {

void add_backend_options(boost::program_options::options_description& options);

/// auto: cuda where a GPU works, else cpu. UserError naming the nearest where there is no such backend, or where it does not
/// work here.
kernels::Backend backend_option(const boost::program_options::variables_map& values);

}  // namespace syncline::tools
