#include "network/machines/machine.h"

namespace syncline::network {
namespace {

void join(Topology& topology, NodeId a, NodeId b, LinkSpec link) { topology.add_duplex(a, b, link.bandwidth, link.latency); }

void check(const GpuMachineSpec& spec) {
  check_positive(spec.gpus, "GPUs in a machine", "gpus_per_node");
  check_positive(spec.nics, "NICs in a machine", "nics_per_node");
  if (spec.gpus % spec.nics != 0) {
    refuse("nics_per_node",
           std::to_string(spec.gpus) + " GPUs cannot be shared out evenly by " + std::to_string(spec.nics) + " NICs");
  }
  const Time nvlink = spec.join == GpuJoin::nvswitch ? 2 * spec.nvlink.latency : spec.nvlink.latency;
  if (spec.join != GpuJoin::pcie && nvlink >= 2 * spec.pcie.latency) {
    refuse("nvlink_latency", "NVLink's latency must be below PCIe's: transfers take the way of least latency");
  }
}

void add_nvlinks(Topology& topology, const MachinePlace& place, const GpuMachineSpec& spec, const Machine& machine) {
  if (spec.join == GpuJoin::nvswitch) {
    const NodeId nvswitch = topology.add_node(NodeKind::network_switch, place.name() + ".nvswitch");
    for (const NodeId gpu : machine.gpus) join(topology, gpu, nvswitch, spec.nvlink);
    return;
  }
  LinkSpec cable = spec.nvlink;
  cable.bandwidth = Bandwidth::bytes_per_second(cable.bandwidth.in_bytes_per_second() / (spec.gpus - 1));
  for (std::size_t a = 0; a < machine.gpus.size(); ++a) {
    for (std::size_t b = a + 1; b < machine.gpus.size(); ++b) join(topology, machine.gpus[a], machine.gpus[b], cable);
  }
}

void add_pcie(Topology& topology, const MachinePlace& place, const GpuMachineSpec& spec, Machine& machine) {
  const auto add_switch = [&](const std::string& what, int number) {
    return topology.add_node(NodeKind::network_switch, place.name() + "." + what + std::to_string(number));
  };
  std::vector<NodeId> cpus;
  for (int cpu = 0; cpu < (spec.nics > 1 ? 2 : 1); ++cpu) cpus.push_back(add_switch("cpu", cpu));
  if (cpus.size() == 2) join(topology, cpus[0], cpus[1], spec.cpu_link);
  const int per_nic = spec.gpus / spec.nics;
  for (int nic = 0; nic < spec.nics; ++nic) {
    const NodeId pcie = add_switch("pcie", nic);
    join(topology, pcie, cpus[2 * nic < spec.nics ? 0 : cpus.size() - 1], spec.pcie);
    machine.nics.push_back(add_switch("nic", nic));
    join(topology, machine.nics.back(), pcie, spec.pcie);
    for (int i = 0; i < per_nic; ++i) {
      join(topology,
           machine.gpus[static_cast<std::size_t>(nic) * static_cast<std::size_t>(per_nic) + static_cast<std::size_t>(i)], pcie,
           spec.pcie);
    }
  }
}

}  // namespace

Machine add_gpu_machine(Topology& topology, const MachinePlace& place, const GpuMachineSpec& spec) {
  check(spec);
  Machine machine;
  for (int i = 0; i < spec.gpus; ++i) machine.gpus.push_back(topology.add_node(NodeKind::gpu, place.gpu_name(i)));
  if (spec.join != GpuJoin::pcie && spec.gpus > 1) add_nvlinks(topology, place, spec, machine);
  add_pcie(topology, place, spec, machine);
  const std::string nvlink = spec.join == GpuJoin::nvswitch ? " on an NVSwitch, " + to_text(spec.nvlink) + ","
                             : spec.join == GpuJoin::nvlink ? " joined by NVLink, " + to_text(spec.nvlink) + ","
                                                            : "";
  machine.description = std::to_string(spec.gpus) + " GPUs" + nvlink + " and " + std::to_string(spec.nics) + " NICs on PCIe, " +
                        to_text(spec.pcie) + ",";
  return machine;
}

}  // namespace syncline::network
