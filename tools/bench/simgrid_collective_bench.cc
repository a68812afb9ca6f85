// simgrid_collective_bench [RANKS [equal|unequal [JOBS]]]: what collective_bench does, in SimGrid: model CM02 without cross-traffic
// and without TCP's window, each rank an actor.
#include <simgrid/s4u.hpp>
#include <string>
#include <vector>

#include "tools/bench/ring_problem.h"

namespace {

namespace sg = simgrid::s4u;

/// What a piece of the ring does: to the next, and from the one before, at each of 2(n - 1) steps.
void ring(int job, int rank, int ranks, std::uint64_t chunk) {
  static int payload = 0;
  const auto box = [&](int r) { return sg::Mailbox::by_name("job" + std::to_string(job) + "rank" + std::to_string(r)); };
  sg::Mailbox* const own = box(rank);
  sg::Mailbox* const next = box((rank + 1) % ranks);
  for (int step = 0; step < 2 * (ranks - 1); ++step) {
    const sg::CommPtr sent = next->put_async(&payload, chunk);
    own->get<int>();
    sent->wait();
  }
}

}  // namespace

int main(int argc, char** argv) {
  const RingProblem problem(argc, argv);
  const int ranks = problem.ranks;
  int no_arguments = 1;
  sg::Engine engine(&no_arguments, argv);
  for (const char* setting : {"network/model:CM02", "network/crosstraffic:0", "network/TCP-gamma:0", "contexts/stack-size:64"}) {
    sg::Engine::set_config(setting);
  }
  sg::NetZone* const zone = sg::create_full_zone("star");
  std::vector<sg::Host*> hosts;
  std::vector<sg::Link*> up, down;
  for (int i = 0; i < ranks; ++i) {
    const double rate = problem.bytes_per_second(i);
    hosts.push_back(zone->create_host("host" + std::to_string(i), 1e9));
    for (std::vector<sg::Link*>* links : {&up, &down}) {
      links->push_back(
          zone->create_link((links == &up ? "up" : "down") + std::to_string(i), rate)->set_latency(RingProblem::kLatency));
      links->back()->seal();
    }
  }
  for (int i = 0; i < ranks; ++i) {
    const auto from = static_cast<std::size_t>(i), to = static_cast<std::size_t>((i + 1) % ranks);
    zone->add_route(hosts[from]->get_netpoint(), hosts[to]->get_netpoint(), nullptr, nullptr,
                    {sg::LinkInRoute(up[from]), sg::LinkInRoute(down[to])}, false);
  }
  zone->seal();
  const auto chunk = static_cast<std::uint64_t>(4 * ((RingProblem::kBytes / 4 + ranks - 1) / ranks));
  for (int job = 0; job < problem.jobs; ++job) {
    for (int rank = 0; rank < ranks; ++rank) {
      sg::Actor::create("rank", hosts[static_cast<std::size_t>(rank)], ring, job, rank, ranks, chunk);
    }
  }
  engine.run();
  problem.report("SimGrid", sg::Engine::get_clock());
}
