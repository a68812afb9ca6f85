// Where messages leave machines and enter them that go by all of their NICs.
#pragma once

#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "network/topology.h"

namespace syncline::network {

/// A NIC, and which GPU of its machine sends and receives by it.
struct Gate {
  NodeId gpu, nic;
};

class Gates {
 public:
  /// The nodes of a machine, and its gates: one for each NIC.
  void add(std::span<const NodeId> machine, std::vector<Gate> gates);
  bool empty() const { return of_.empty(); }
  /// [NIC] of the node's machine; none: it is in no such machine.
  std::span<const Gate> of(NodeId node) const;
  /// For some nodes alone, none of which sends by others' links: the gates that are theirs.
  Gates among(std::span<const NodeId> nodes) const;

 private:
  std::unordered_map<std::int32_t, std::shared_ptr<const std::vector<Gate>>> of_;  // [NodeId::value]
};

}  // namespace syncline::network
