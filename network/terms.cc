#include "network/terms.h"

#include <algorithm>
#include <cmath>

namespace syncline::network {

Bytes Terms::on_wire(std::int64_t elements) const {
  if (efficiency == 1) return Bytes(elements);
  return Bytes(static_cast<std::int64_t>(std::ceil(static_cast<double>(elements) / efficiency)));
}

Time Terms::lag(Time on_links, Time latency) const { return std::max(latency, step_overlaps ? step - on_links : step); }

}  // namespace syncline::network
