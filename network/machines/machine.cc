#include "network/machines/machine.h"

#include <algorithm>
#include <tuple>

#include "network/routing.h"

namespace syncline::network {
namespace {

/// [NIC] the number of the GPU that is nearest to it; of equals, one that is at no other NIC yet. None where there is one NIC.
std::vector<std::size_t> nearest_gpus(const Topology& topology, const Machine& machine) {
  if (machine.nics.size() < 2) return {};
  Routing routing(topology);
  std::vector<std::size_t> nearest;
  for (const NodeId nic : machine.nics) {
    const auto distance = [&](std::size_t gpu) {
      const std::vector<LinkId>& way = routing.route(machine.gpus[gpu], nic);
      Time latency;
      for (const LinkId link : way) latency += topology.link(link).latency;
      return std::tuple(latency, way.size(), std::ranges::count(nearest, gpu));
    };
    std::size_t best = 0;
    for (std::size_t gpu = 1; gpu < machine.gpus.size(); ++gpu) {
      if (distance(gpu) < distance(best)) best = gpu;
    }
    nearest.push_back(best);
  }
  return nearest;
}

}  // namespace

Cluster machines(int count, const AddMachine& add) {
  check_positive(count, "machines");
  Cluster cluster;
  std::vector<std::size_t> nearest;  // [NIC] the same in all
  for (MachinePlace place; place.number < count; ++place.number) {
    Machine machine = add(cluster.topology, place);
    for (const NodeId gpu : machine.gpus) {
      cluster.workers.push_back(gpu);
      cluster.host_of_worker.push_back(place.number);
    }
    if (place.number == 0) nearest = nearest_gpus(cluster.topology, machine);
    if (!nearest.empty()) {
      std::vector<Gate> gates;
      for (std::size_t nic = 0; nic < nearest.size(); ++nic) gates.push_back({machine.gpus[nearest[nic]], machine.nics[nic]});
      cluster.gates.add(machine.gpus, std::move(gates));
    }
    cluster.nics.push_back(std::move(machine.nics));
    place.first_worker += static_cast<int>(machine.gpus.size());
    if (place.number == 0) cluster.description = std::to_string(count) + " machines of " + machine.description;
  }
  return cluster;
}

Machine add_switched_machine(Topology& topology, const MachinePlace& place, int gpus, LinkSpec inside) {
  check_positive(gpus, "GPUs in a machine", "gpus_per_node");
  Machine machine;
  machine.nics = {topology.add_node(NodeKind::network_switch, place.name())};
  for (int i = 0; i < gpus; ++i) {
    machine.gpus.push_back(topology.add_node(NodeKind::gpu, place.gpu_name(i)));
    topology.add_duplex(machine.gpus.back(), machine.nics.front(), inside.bandwidth, inside.latency);
  }
  machine.description = std::to_string(gpus) + " GPUs, " + to_text(inside) + " inside,";
  return machine;
}

}  // namespace syncline::network
