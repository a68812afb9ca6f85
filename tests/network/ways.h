// What tests of networks say again and again: the links of a way, by name, and a user's error, by its text.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "network/builders.h"
#include "network/routing.h"
#include "sim/error.h"

namespace syncline::network {

inline std::vector<std::string> way(const Topology& topology, NodeId from, NodeId to) {
  Routing routing(topology);
  std::vector<std::string> names;
  for (const LinkId link : routing.route(from, to)) names.push_back(topology.link(link).name);
  return names;
}

/// From worker to worker.
inline std::vector<std::string> way(const Cluster& cluster, std::size_t from, std::size_t to) {
  return way(cluster.topology, cluster.workers[from], cluster.workers[to]);
}

/// "no error" where there is none.
inline std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const UserError& error) {
    return error.message();
  }
  return "no error";
}

}  // namespace syncline::network
