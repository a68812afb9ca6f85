// Carries out a collective's schedule on real data: the same schedule that the simulator plays.
#pragma once

#include <cstdint>

#include "network/collectives/schedule.h"
#include "tools/real/transport.h"

namespace syncline::tools {

/// What a schedule's elements are.
enum class Element {
  number,  // float, 4 bytes; reduced by addition
  byte,    // never reduced
};

/// This rank's part: its buffer, [schedule.elements], from before to after the operation. All ranks call it.
void carry_out(Transport& transport, const network::Schedule& schedule, Element element, void* buffer);

}  // namespace syncline::tools
