#include "network/builders.h"

namespace syncline::network {

Cluster star(int workers, LinkSpec link) {
  Cluster cluster = bare_hosts(workers);
  FabricSpec spec;
  spec.link = link;
  attach("star", cluster, spec);
  return cluster;
}

Cluster racks(int racks, int workers_per_rack, LinkSpec link, LinkSpec uplink) {
  check_positive(racks, "racks");
  check_positive(workers_per_rack, "workers in a rack");
  Cluster cluster = bare_hosts(racks * workers_per_rack);
  FabricSpec spec;
  spec.link = link;
  spec.uplink = uplink;
  spec.racks = racks;
  attach("racks", cluster, spec);
  return cluster;
}

Cluster multi_gpu_nodes(int nodes, int gpus_per_node, LinkSpec inside, LinkSpec nic) {
  Cluster cluster = machines(nodes, [&](Topology& topology, const MachinePlace& place) {
    return add_switched_machine(topology, place, gpus_per_node, inside);
  });
  FabricSpec spec;
  spec.link = nic;
  attach("star", cluster, spec);
  return cluster;
}

}  // namespace syncline::network
