#include "network/terms.h"

#include <cmath>

namespace syncline::network {

Bytes Terms::on_wire(std::int64_t elements) const {
  if (efficiency == 1) return Bytes(elements);
  return Bytes(static_cast<std::int64_t>(std::ceil(static_cast<double>(elements) / efficiency)));
}

}  // namespace syncline::network
