#pragma once

#include "sim/error.h"

namespace syncline::scenarios {

/// Runs `body`; a UserError that names no line (about a data set's file, or no file at all) is told with the place that asked.
template <class Body>
auto located(const Location& where, const Body& body) -> decltype(body()) {
  try {
    return body();
  } catch (const UserError& error) {
    if (error.location().line > 0) throw;
    throw UserError(where, error.location().file.empty() ? error.message() : error.what());
  }
}

}  // namespace syncline::scenarios
