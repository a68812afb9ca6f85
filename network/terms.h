// What a collective costs on top of the links it goes over.
#pragma once

#include <cstdint>

#include "network/gates.h"
#include "network/max_min.h"
#include "sim/units.h"

namespace syncline::network {

struct Terms {
  Time launch;  // from a rank's call until it takes part; once
  /// From a message's last byte to its arrival it takes the route's latency or this, whichever is longer: the same for all ranks.
  Time step;
  /// The step passes while the message is on the links, too: what it is longer than that is waited for.
  bool step_overlaps = false;
  double efficiency = 1;         // payload over bytes on the wire, above 0; above 1 where switches sum
  double cap = kNoCap;           // bytes on the wire per second that a message gets at most
  const Gates* gates = nullptr;  // given: messages between machines go by all of these NICs; kept by the flow network

  /// From the last byte of a message that was on the links for so long, on a route of this latency, to its arrival.
  Time lag(Time on_links, Time latency) const;
  /// What so many elements, of a byte each, are on the wire: rounded up to whole bytes.
  Bytes on_wire(std::int64_t elements) const;
};

}  // namespace syncline::network
