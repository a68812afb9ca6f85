// Workers, where they are, and the network between them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "network/gates.h"
#include "network/topology.h"

namespace syncline::network {

/// A cable: each way has the whole bandwidth.
struct LinkSpec {
  Bandwidth bandwidth;
  Time latency;  // of this one link, not of the way from worker to worker
};

/// What joins the GPUs of one machine.
enum class GpuJoin { nvswitch, nvlink, pcie };

struct Cluster {
  Topology topology;
  std::vector<NodeId> workers;            // [worker]
  std::vector<int> host_of_worker;        // [worker]; workers of equal number share a machine
  std::vector<std::vector<NodeId>> nics;  // [host] nodes that the network between hosts is attached to
  std::vector<NodeId> servers = {};       // hosts that only serve pushes and pulls; none: servers are beside the workers
  std::string description = {};
  std::optional<GpuJoin> join = {};  // in each machine, where the machines are of a kind that says
  Gates gates = {};                  // of machines that have several NICs
};

/// Each worker is a host of its own, and its NIC; nothing is between them yet.
Cluster bare_hosts(int workers);

/// Adds so many hosts that only serve, with a NIC each; before a fabric is attached.
void add_servers(Cluster& cluster, int count);

/// The workers' nodes, then the servers'.
std::vector<NodeId> nodes_of(const Cluster& cluster);

/// Adds a cable.
void connect(Cluster& cluster, NodeId a, NodeId b, LinkSpec link);

/// Gives every link to and from one worker another bandwidth and latency. UserError where there is no such worker.
void set_worker_link(Cluster& cluster, int worker, LinkSpec link);

/// Lets bursts pass on every link to and from one worker, each with its own bucket. UserError where there is no such worker.
void let_worker_burst(Cluster& cluster, int worker, Burst burst);

/// Some link lets bursts pass.
bool has_bursts(const Cluster& cluster);

/// "10 Gbit/s links of 10 us"
std::string to_text(LinkSpec link);

/// UserError "the number of WHAT must be positive, not N", at the scenario's key where there is one.
void check_positive(int count, const std::string& what, std::string_view key = "");

/// UserError at a key of the scenario, whose file and line the reader of the scenario knows.
[[noreturn]] void refuse(std::string_view key, const std::string& message);

}  // namespace syncline::network
