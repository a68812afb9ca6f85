#pragma once

#include "sim/error.h"

namespace syncline::scenarios {

/// Runs `body`; a UserError that knows nothing of the scenario is told with the place in it that asked.
template <class Body>
auto located(const Location& where, const Body& body) -> decltype(body()) {
  try {
    return body();
  } catch (const UserError& error) {
    if (!error.location().file.empty()) throw;
    throw UserError(where, error.message());
  }
}

}  // namespace syncline::scenarios
