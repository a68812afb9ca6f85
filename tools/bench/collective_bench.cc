// collective_bench [RANKS [equal|unequal [JOBS [exact|collapsed]]]]: milliseconds of processor time that one ring all-reduce of
// 100 MB takes over a star of 100 Gbit/s links with 1 us each, or JOBS of them at once, the network's making included. `unequal`:
// links go down to 70 %, evenly. Also tells the peak of memory, on stderr.
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include "network/communicator.h"

namespace {

using namespace syncline;

sim::Task<> program(network::Communicator& communicator, int rank) {
  co_await communicator.run(rank, {"ring-all-reduce", Bytes(100'000'000)});
}

}  // namespace

int main(int argc, char** argv) {
  const int ranks = argc > 1 ? std::atoi(argv[1]) : 1024;
  const bool unequal = argc > 2 && std::string(argv[2]) == "unequal";
  const int jobs = argc > 3 ? std::atoi(argv[3]) : 1;
  using How = network::Communicator::How;
  const How how = argc > 4 && std::string(argv[4]) == "collapsed" ? How::collapsed : How::exact;

  const std::clock_t begin = std::clock();
  network::Cluster cluster = network::star(ranks, {Bandwidth::bits_per_second(1e11), Time::microseconds(1)});
  for (std::int32_t l = 0; unequal && l < 2 * ranks; ++l) {
    const double rate = 1e11 * (1 - 0.3 * (l / 2) / ranks);
    cluster.topology.set_link({l}, Bandwidth::bits_per_second(rate), Time::microseconds(1));
  }
  sim::Simulator simulator;
  network::FlowNetwork flows(simulator, cluster.topology);
  std::vector<std::unique_ptr<network::Communicator>> communicators;
  for (int job = 0; job < jobs; ++job) {
    communicators.push_back(
        std::make_unique<network::Communicator>(simulator, flows, cluster, network::CommunicationStack{}, how));
    for (int rank = 0; rank < ranks; ++rank) sim::spawn(simulator, program(*communicators.back(), rank));
  }
  simulator.run();
  const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;

  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::fprintf(stderr, "%d ranks, %s links, %d at once: %.6f s simulated, %.1f MB\n", ranks, unequal ? "unequal" : "equal", jobs,
               simulator.now().seconds(), static_cast<double>(usage.ru_maxrss) / 1000);
  std::printf("%.3f\n", 1e3 * seconds);
}
