// Clusters of the usual shapes, each in one call. fabrics/fabric.h and machines/machine.h have the parts, and more of them.
#pragma once

#include "network/cluster.h"
#include "network/fabrics/fabric.h"
#include "network/machines/machine.h"

namespace syncline::network {

// UserError where a count is not positive, or a link not possible.

/// Every worker is a host on one switch.
Cluster star(int workers, LinkSpec link);

/// Hosts on their rack's switch by `link`; each rack's switch on the core switch by `uplink`. Workers are numbered rack by rack.
Cluster racks(int racks, int workers_per_rack, LinkSpec link, LinkSpec uplink);

/// Machines of GPUs: each GPU on its machine's inner switch by `inside` (NVSwitch, PCIe), and each machine on the core switch by
/// its one `nic`. Workers are the GPUs, numbered machine by machine.
Cluster multi_gpu_nodes(int nodes, int gpus_per_node, LinkSpec inside, LinkSpec nic);

}  // namespace syncline::network
