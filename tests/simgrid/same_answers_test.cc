// Our flows against SimGrid's, in its model CM02 without cross-traffic and without TCP's window.
//
// There, a flow waits for its route's latency and then shares links by weights of 1 / latency; here, the latency comes last and
// weights are given. So a flow that starts there at t starts here at t + latency, with that weight, and the two ends are the
// same: there when the last byte has left, here a latency before it arrives.
#include <gtest/gtest.h>
#include <simgrid/s4u.hpp>

#include <algorithm>
#include <cmath>
#include <deque>
#include <sstream>
#include <string>
#include <vector>

#include "network/flow_network.h"
#include "sim/random.h"

namespace syncline::network {
namespace {

namespace sg = simgrid::s4u;

struct Request {
  NodeId from, to;
  Bytes bytes;
  Time start;
};

struct System {
  Topology topology;
  std::vector<NodeId> hosts;
  std::vector<Request> requests;
};

Bandwidth random_capacity(sim::RandomStream& random) {
  return Bandwidth::bytes_per_second(std::floor(1e8 * std::pow(100.0, random.uniform())));
}

void connect(System& system, NodeId a, NodeId b, sim::RandomStream& random) {
  const auto latency = [&] { return Time::nanoseconds(static_cast<std::int64_t>(1 + random.below(100'000))); };
  system.topology.add_link(a, b, random_capacity(random), latency());
  system.topology.add_link(b, a, random_capacity(random), latency());
}

/// Hosts on switches, which are joined at random; each link has a capacity and latency of its own, each way.
System random_system(sim::RandomStream& random) {
  System system;
  std::vector<NodeId> switches;
  const std::uint64_t switch_count = 1 + random.below(4);
  for (std::uint64_t i = 0; i < switch_count; ++i) {
    switches.push_back(system.topology.add_node(NodeKind::network_switch, "switch" + std::to_string(i)));
    if (i > 0) connect(system, switches.back(), switches[random.below(i)], random);
    if (i > 1) connect(system, switches.back(), switches[random.below(i)], random);
  }
  const std::uint64_t host_count = 2 + random.below(5);
  for (std::uint64_t i = 0; i < host_count; ++i) {
    system.hosts.push_back(system.topology.add_node(NodeKind::host, "host" + std::to_string(i)));
    connect(system, system.hosts.back(), switches[random.below(switch_count)], random);
  }
  const std::uint64_t flows = 1 + random.below(20);
  for (std::uint64_t i = 0; i < flows; ++i) {
    const std::uint64_t from = random.below(host_count), to = (from + 1 + random.below(host_count - 1)) % host_count;
    system.requests.push_back({system.hosts[from], system.hosts[to],
                               Bytes(static_cast<std::int64_t>(1 + random.below(50'000'000))),
                               Time::nanoseconds(static_cast<std::int64_t>(random.below(200'000'000)))});
  }
  return system;
}

/// [flow] seconds
std::vector<double> our_ends(const System& system) {
  sim::Simulator simulator;
  FlowNetwork flows(simulator, system.topology);
  std::vector<double> ends(system.requests.size(), -1);
  for (std::size_t i = 0; i < ends.size(); ++i) {
    const Request& request = system.requests[i];
    const Time latency = flows.latency(flows.route(request.from, request.to));
    simulator.schedule_at(request.start + latency, [&flows, &simulator, &request, &end = ends[i], latency] {
      const auto arrived = [&simulator, &end, latency] { end = (simulator.now() - latency).seconds(); };
      flows.start(request.from, request.to, request.bytes, arrived, {1e-6 / latency.seconds()});
    });
  }
  simulator.run();
  return ends;
}

/// One system among others in SimGrid's world, of which there is one in a process.
class Theirs {
 public:
  Theirs(sg::NetZone& zone, const System& system, const std::string& name) {
    Routing routing(system.topology);
    for (std::size_t l = 0; l < system.topology.links().size(); ++l) {
      const Link& link = system.topology.links()[l];
      links_.push_back(zone.create_link(name + "link" + std::to_string(l), link.capacity.in_bytes_per_second()));
      links_.back()->set_latency(link.latency.seconds())->seal();
    }
    for (std::size_t h = 0; h < system.hosts.size(); ++h) {
      hosts_.push_back(zone.create_host(name + "host" + std::to_string(h), 1e9));
      hosts_.back()->seal();
    }
    for (std::size_t from = 0; from < hosts_.size(); ++from) {
      for (std::size_t to = 0; to < hosts_.size(); ++to) {
        if (from == to) continue;
        std::vector<sg::LinkInRoute> way;
        for (const LinkId id : routing.route(system.hosts[from], system.hosts[to])) {
          way.emplace_back(links_[static_cast<std::size_t>(id.value)]);
        }
        zone.add_route(hosts_[from]->get_netpoint(), hosts_[to]->get_netpoint(), nullptr, nullptr, way, false);
      }
    }
    const auto host_of = [&](NodeId node) {
      return hosts_[static_cast<std::size_t>(std::find(system.hosts.begin(), system.hosts.end(), node) - system.hosts.begin())];
    };
    ends_.assign(system.requests.size(), -1);
    for (std::size_t i = 0; i < ends_.size(); ++i) {
      const Request& request = system.requests[i];
      sg::Host* const from = host_of(request.from);
      sg::Host* const to = host_of(request.to);
      sg::Actor::create("flow", from, [this, i, from, to, request] {
        sg::this_actor::sleep_until(request.start.seconds());
        sg::Comm::sendto(from, to, static_cast<std::uint64_t>(request.bytes.count()));
        ends_[i] = sg::Engine::get_clock();
      });
    }
  }
  Theirs(const Theirs&) = delete;
  Theirs& operator=(const Theirs&) = delete;

  const std::vector<double>& ends() const { return ends_; }

 private:
  std::vector<sg::Link*> links_;
  std::vector<sg::Host*> hosts_;
  std::vector<double> ends_;
};

TEST(SimGrid, AThousandRandomSystemsEndAlike) {
  constexpr std::uint64_t kSeed = 1;
  constexpr int kSystems = 1000;
  RecordProperty("seed", static_cast<int>(kSeed));
  sim::RandomStream random(kSeed, "simgrid");
  sg::Engine engine("same_answers");
  for (const char* setting : {"network/model:CM02", "network/crosstraffic:0", "network/TCP-gamma:0", "contexts/stack-size:32"}) {
    sg::Engine::set_config(setting);
  }
  sg::NetZone* const zone = sg::create_full_zone("world");
  std::vector<System> systems;
  for (int i = 0; i < kSystems; ++i) systems.push_back(random_system(random));
  std::deque<Theirs> theirs;
  for (int i = 0; i < kSystems; ++i) {
    theirs.emplace_back(*zone, systems[static_cast<std::size_t>(i)], "system" + std::to_string(i) + "_");
  }
  zone->seal();
  engine.run();
  double worst = 0;
  for (std::size_t s = 0; s < systems.size(); ++s) {
    const std::vector<double> ours = our_ends(systems[s]);
    for (std::size_t f = 0; f < ours.size(); ++f) {
      const double expected = theirs[s].ends()[f];
      ASSERT_NEAR(ours[f], expected, 1e-6 * expected) << "seed " << kSeed << ", system " << s << ", flow " << f;
      worst = std::max(worst, std::abs(ours[f] - expected) / expected);
    }
  }
  std::ostringstream text;
  text << worst;
  RecordProperty("worst_relative_difference", text.str());
}

}  // namespace
}  // namespace syncline::network
