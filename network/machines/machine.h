// The inside of machines: GPUs, NICs and what joins them.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "network/cluster.h"

namespace syncline::network {

/// Which of a cluster's machines is being built. Its GPUs are the workers first_worker, first_worker + 1, ...
struct MachinePlace {
  int number = 0;
  int first_worker = 0;
  std::string name() const { return "node" + std::to_string(number); }
  std::string gpu_name(int gpu) const { return "worker" + std::to_string(first_worker + gpu); }
};

struct Machine {
  std::vector<NodeId> gpus;
  std::vector<NodeId> nics;  // where the network between machines is attached
  std::string description;   // "8 GPUs on an NVSwitch, ...", the same for all machines of a kind
};

using AddMachine = std::function<Machine(Topology&, const MachinePlace&)>;

/// `count` machines, with nothing between them yet. Workers are the GPUs, numbered machine by machine.
Cluster machines(int count, const AddMachine& add);

/// Every GPU on one inner switch, which is the NIC as well.
Machine add_switched_machine(Topology& topology, const MachinePlace& place, int gpus, LinkSpec inside);

struct GpuMachineSpec {
  GpuJoin join = GpuJoin::nvswitch;
  int gpus = 8, nics = 1;
  LinkSpec nvlink;    // of each GPU, all its NVLinks together: to the NVSwitch, or shared evenly by cables to every other GPU
  LinkSpec pcie;      // from each GPU and NIC to its PCIe switch, and from there to its CPU
  LinkSpec cpu_link;  // between the two CPUs
};

/// A PCIe tree with a PCIe switch for each NIC, that many GPUs on each as are there for a NIC, and half of the switches on each
/// of two CPUs (one CPU where there is one NIC); NVLink besides, but for `pcie`. UserError where the GPUs cannot be shared out
/// evenly by the NICs, or where NVLink would not be the shortest way from GPU to GPU.
Machine add_gpu_machine(Topology& topology, const MachinePlace& place, const GpuMachineSpec& spec);

/// What some machine or other asks for. A row names its own; a scenario's keys have these names.
struct InsideSpec {
  int gpus_per_node = 8, nics_per_node = 1;
  LinkSpec inside;                  // from each GPU to the inner switch
  LinkSpec nvlink, pcie, cpu_link;  // as GpuMachineSpec has them
  std::string nccl_xml;             // the text of a file that NCCL wrote,
  std::string nccl_file;            // and the file's name, for messages
};

/// One machine as often as there are some.
struct MachineKind {
  int gpus = 1;
  AddMachine add;
  std::optional<GpuJoin> join = {};  // where it says
};

/// One inside of machines. Scenarios, help and tests run over these rows.
struct MachineRow {
  std::string_view name;  // "nvswitch"
  std::string_view help;
  std::string_view source;
  std::vector<std::string_view> keys;      // what it asks for; the first one says how many GPUs there are
  std::string_view nodes;                  // names of what is inside, for scenarios that name nodes
  MachineKind (*kind)(const InsideSpec&);  // UserError at one of the keys; null: each worker is a machine
};

std::span<const MachineRow> machine_rows();

/// So many workers in machines of one kind. UserError with the nearest name where there is none of that name, at one of its keys
/// where the workers cannot be shared out evenly.
Cluster workers_in_machines(int workers, std::string_view machine, const InsideSpec& spec);

}  // namespace syncline::network
