// What fabrics are made of.
#pragma once

#include <string>
#include <vector>

#include "network/cluster.h"

namespace syncline::network {

int host_count(const Cluster& cluster);

/// NICs of one host; UserError where hosts differ in it.
int nics_per_host(const Cluster& cluster);

NodeId add_switch(Cluster& cluster, const std::string& name);

/// `count` switches NAME0, NAME1, ...
std::vector<NodeId> add_switches(Cluster& cluster, const std::string& name, int count);

/// Cables from all NICs of one host.
void connect_host(Cluster& cluster, int host, NodeId to, LinkSpec link);

/// How many groups of `size` the hosts make. UserError at the key where the last would not be full.
int groups_of(int hosts, int size, const std::string& group, std::string_view key);

/// The cable of which `cables` carry what `ports` links from below can bring, over `oversubscription`.
LinkSpec uplink_for(LinkSpec below, int ports, int cables, double oversubscription, Time latency);

}  // namespace syncline::network
