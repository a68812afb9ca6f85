#pragma once

#include <string>

#include "sim/error.h"

namespace syncline::models {

/// A data set's file that cannot be used. It has no lines.
[[noreturn]] inline void fail(const std::string& path, const std::string& what) { throw UserError({path, 0, ""}, what); }

}  // namespace syncline::models
