// The inside of a machine as NCCL saw it: the XML that NCCL writes where the environment has NCCL_TOPO_DUMP_FILE.
#pragma once

#include <string>
#include <vector>

#include "network/machines/machine.h"

namespace syncline::network {

/// Latencies are not in the file. Of one link each: two of them are between two GPUs on an NVSwitch or a PCIe switch. As NCCL's
/// own tuning has it (2.20, src/graph/tuning.cc, hwLat of a ring, LL protocol): 0.6 us from GPU to GPU by NVLink, 1 us by PCIe.
/// The link between CPUs is not in that table: as PCIe's, an assumption.
struct NcclLatencies {
  Time to_nvswitch = Time::nanoseconds(300);
  Time nvlink = Time::nanoseconds(600);  // from GPU to GPU without a switch
  Time pcie = Time::nanoseconds(500);
  Time cpu_link = Time::nanoseconds(500);
};

/// One machine, read once and added as often as there are machines.
struct NcclTopology {
  struct Item {
    NodeKind kind = NodeKind::network_switch;
    std::string name;  // "pcie 0000:16:00", "nic mlx5_0"; empty: a GPU, which is named as the worker that it becomes
  };
  struct Cable {
    std::size_t from = 0, to = 0;  // items
    LinkSpec link;
    bool both_ways = true;
  };
  std::vector<Item> items;
  std::vector<Cable> cables;
  std::vector<std::size_t> gpus;  // items, by their `dev`
  std::vector<std::size_t> nics;  // items, by their `dev`
  std::string description;
  GpuJoin join = GpuJoin::pcie;
};

/// Bandwidths are what NCCL makes of the file (2.20, src/graph/topo.cc and topo.h): PCIe by generation and width, NVLinks by the
/// GPU's architecture and count, CPUs by their kind, NICs by their speed. All NVSwitches are one. UserError with the line where
/// the text is no XML, and naming the element where it is no such file.
NcclTopology read_nccl_topology(const std::string& xml, const NcclLatencies& latencies = {});

Machine add_nccl_machine(Topology& topology, const MachinePlace& place, const NcclTopology& inside);

}  // namespace syncline::network
