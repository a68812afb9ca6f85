#include "network/machines/machine.h"

namespace syncline::network {

Cluster machines(int count, const AddMachine& add) {
  check_positive(count, "machines");
  Cluster cluster;
  for (MachinePlace place; place.number < count; ++place.number) {
    Machine machine = add(cluster.topology, place);
    for (const NodeId gpu : machine.gpus) {
      cluster.workers.push_back(gpu);
      cluster.host_of_worker.push_back(place.number);
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
