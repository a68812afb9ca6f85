// simgrid_collective_bench [RANKS [unequal [JOBS]]]: what collective_bench does, in SimGrid: model CM02 without cross-traffic and
// without TCP's window, each rank an actor. Prints milliseconds of processor time.
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <simgrid/s4u.hpp>
#include <string>
#include <vector>

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
  const int ranks = argc > 1 ? std::atoi(argv[1]) : 1024;
  const bool unequal = argc > 2 && std::string(argv[2]) == "unequal";
  const int jobs = argc > 3 ? std::atoi(argv[3]) : 1;

  const std::clock_t begin = std::clock();
  int no_arguments = 1;
  sg::Engine engine(&no_arguments, argv);
  for (const char* setting : {"network/model:CM02", "network/crosstraffic:0", "network/TCP-gamma:0", "contexts/stack-size:64"}) {
    sg::Engine::set_config(setting);
  }
  sg::NetZone* const zone = sg::create_full_zone("star");
  std::vector<sg::Host*> hosts;
  std::vector<sg::Link*> up, down;
  for (int i = 0; i < ranks; ++i) {
    const double rate = 1e11 / 8 * (unequal ? 1 - 0.3 * i / ranks : 1.0);
    hosts.push_back(zone->create_host("host" + std::to_string(i), 1e9));
    for (std::vector<sg::Link*>* links : {&up, &down}) {
      links->push_back(zone->create_link((links == &up ? "up" : "down") + std::to_string(i), rate)->set_latency(1e-6));
      links->back()->seal();
    }
  }
  for (int i = 0; i < ranks; ++i) {
    const auto from = static_cast<std::size_t>(i), to = static_cast<std::size_t>((i + 1) % ranks);
    zone->add_route(hosts[from]->get_netpoint(), hosts[to]->get_netpoint(), nullptr, nullptr,
                    {sg::LinkInRoute(up[from]), sg::LinkInRoute(down[to])}, false);
  }
  zone->seal();
  const auto chunk = static_cast<std::uint64_t>(4 * ((25'000'000 + ranks - 1) / ranks));
  for (int job = 0; job < jobs; ++job) {
    for (int rank = 0; rank < ranks; ++rank) {
      sg::Actor::create("rank", hosts[static_cast<std::size_t>(rank)], ring, job, rank, ranks, chunk);
    }
  }
  engine.run();
  const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;

  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::fprintf(stderr, "SimGrid, %d ranks, %s links, %d at once: %.6f s simulated, %.1f MB\n", ranks,
               unequal ? "unequal" : "equal", jobs, sg::Engine::get_clock(), static_cast<double>(usage.ru_maxrss) / 1000);
  std::printf("%.3f\n", 1e3 * seconds);
}
