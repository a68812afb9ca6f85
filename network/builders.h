// Clusters of the usual shapes.
#pragma once

#include <string>
#include <vector>

#include "network/topology.h"

namespace syncline::network {

/// A cable: each way has the whole bandwidth.
struct LinkSpec {
  Bandwidth bandwidth;
  Time latency;  // of this one link, not of the way from worker to worker
};

struct Cluster {
  Topology topology;
  std::vector<NodeId> workers;      // [worker]
  std::vector<int> host_of_worker;  // [worker]; workers of equal number share a machine
  std::string description;
};

// UserError where a count is not positive, or a link not possible.

/// Every worker is a host on one switch.
Cluster star(int workers, LinkSpec link);

/// Hosts on their rack's switch by `link`; each rack's switch on the core switch by `uplink`. Workers are numbered rack by rack.
Cluster racks(int racks, int workers_per_rack, LinkSpec link, LinkSpec uplink);

/// Machines of GPUs: each GPU on its machine's inner switch by `inside` (NVSwitch, PCIe), and each machine on the core switch by
/// its one `nic`. Workers are the GPUs, numbered machine by machine.
Cluster multi_gpu_nodes(int nodes, int gpus_per_node, LinkSpec inside, LinkSpec nic);

/// Gives every link to and from one worker another bandwidth and latency. UserError where there is no such worker.
void set_worker_link(Cluster& cluster, int worker, LinkSpec link);

}  // namespace syncline::network
