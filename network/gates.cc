#include "network/gates.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>

namespace syncline::network {

void Gates::add(std::span<const NodeId> machine, std::vector<Gate> gates) {
  const auto shared = std::make_shared<const std::vector<Gate>>(std::move(gates));
  for (const NodeId node : machine) of_[node.value] = shared;
}

std::span<const Gate> Gates::of(NodeId node) const {
  const auto found = of_.find(node.value);
  return found == of_.end() ? std::span<const Gate>() : std::span<const Gate>(*found->second);
}

Gates Gates::among(std::span<const NodeId> nodes) const {
  if (empty()) return {};
  const std::set<NodeId> there(nodes.begin(), nodes.end());
  std::map<const Gate*, std::vector<NodeId>> machines;  // by where their gates are
  for (const NodeId node : nodes) {
    if (const std::span<const Gate> gates = of(node); !gates.empty()) machines[gates.data()].push_back(node);
  }
  Gates result;
  for (const auto& [first, machine] : machines) {
    std::vector<Gate> theirs;
    std::ranges::copy_if(of(machine.front()), std::back_inserter(theirs),
                         [&](const Gate& gate) { return there.contains(gate.gpu); });
    if (!theirs.empty()) result.add(machine, std::move(theirs));
  }
  return result;
}

}  // namespace syncline::network
