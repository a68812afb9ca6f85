#include <array>
#include <memory>

#include "network/machines/machine.h"
#include "network/machines/nccl_topology.h"
#include "sim/error.h"

namespace syncline::network {
namespace {

MachineKind switched(const InsideSpec& spec) {
  return {spec.gpus_per_node, [spec](Topology& topology, const MachinePlace& place) {
            return add_switched_machine(topology, place, spec.gpus_per_node, spec.inside);
          }};
}

template <GpuJoin join>
MachineKind joined_by(const InsideSpec& spec) {
  const GpuMachineSpec machine{join, spec.gpus_per_node, spec.nics_per_node, spec.nvlink, spec.pcie, spec.cpu_link};
  return {spec.gpus_per_node,
          [machine](Topology& topology, const MachinePlace& place) { return add_gpu_machine(topology, place, machine); }, join};
}

NcclTopology read(const InsideSpec& spec) {
  try {
    return read_nccl_topology(spec.nccl_xml);
  } catch (const UserError& error) {
    refuse("machine_xml", "'" + spec.nccl_file + "': " + error.message());
  }
}

MachineKind as_nccl_saw_it(const InsideSpec& spec) {
  const auto inside = std::make_shared<const NcclTopology>(read(spec));
  return {static_cast<int>(inside->gpus.size()),
          [inside](Topology& topology, const MachinePlace& place) { return add_nccl_machine(topology, place, *inside); },
          inside->join};
}

std::array<MachineRow, 6> rows() {
  const std::string_view pcie_names = "node0.pcie0, ...; node0.cpu0, node0.cpu1; node0.nic0, ...";
  const std::string_view nvswitch_names = "node0.nvswitch; node0.pcie0, ...; node0.cpu0, node0.cpu1; node0.nic0, ...";
  const std::vector<std::string_view> pcie_keys = {"gpus_per_node", "nics_per_node",      "pcie_bandwidth",
                                                   "pcie_latency",  "cpu_link_bandwidth", "cpu_link_latency"};
  std::vector<std::string_view> nvlink_keys = pcie_keys;
  nvlink_keys.insert(nvlink_keys.end(), {"nvlink_bandwidth", "nvlink_latency"});
  const std::string_view hgx = "the shape of NVIDIA's DGX and HGX machines of 8 GPUs";
  return {{
      {"host", "each worker is a machine, and its own NIC", "", {}, "none", nullptr},
      {"switch",
       "all GPUs on one inner switch, which is the NIC as well",
       "the simplest inside that has a bandwidth of its own",
       {"gpus_per_node", "inside_bandwidth", "inside_latency"},
       "node0, node1, ...",
       switched},
      {"nvswitch", "GPUs on an NVSwitch; a PCIe tree of GPUs, NICs and two CPUs besides", hgx, nvlink_keys, nvswitch_names,
       joined_by<GpuJoin::nvswitch>},
      {"nvlink", "every GPU joined to every other by NVLink; a PCIe tree besides", "the shape of NVIDIA's HGX machines of 4 GPUs",
       nvlink_keys, pcie_names, joined_by<GpuJoin::nvlink>},
      {"pcie", "GPUs on PCIe only", hgx, pcie_keys, pcie_names, joined_by<GpuJoin::pcie>},
      {"nccl",
       "as NCCL saw a real machine: the file that it writes where the environment has NCCL_TOPO_DUMP_FILE",
       "NCCL 2.20, src/graph/topo.cc",
       {"machine_xml"},
       "node0.cpu 0, node0.nic NAME, node0.pcie BUSID, node0.nvswitch",
       as_nccl_saw_it},
  }};
}

const MachineRow& machine_row(std::string_view name) {
  std::vector<std::string> names;
  for (const MachineRow& row : machine_rows()) {
    if (row.name == name) return row;
    names.emplace_back(row.name);
  }
  throw UserError("no machine '" + std::string(name) + "'" + suggestion(name, names));
}

}  // namespace

std::span<const MachineRow> machine_rows() {
  static const std::array<MachineRow, 6> all = rows();
  return all;
}

Cluster workers_in_machines(int workers, std::string_view machine, const InsideSpec& spec) {
  const MachineRow& row = machine_row(machine);
  if (row.kind == nullptr) return bare_hosts(workers);
  const MachineKind kind = row.kind(spec);
  check_positive(kind.gpus, "GPUs in a machine", row.keys.front());
  if (workers % kind.gpus != 0) {
    refuse(row.keys.front(), std::to_string(workers) + " workers cannot be shared out evenly by " + std::to_string(kind.gpus) +
                                 " GPUs to a machine");
  }
  Cluster cluster = machines(workers / kind.gpus, kind.add);
  cluster.join = kind.join;
  return cluster;
}

}  // namespace syncline::network
