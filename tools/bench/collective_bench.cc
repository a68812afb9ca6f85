// collective_bench [RANKS [equal|unequal|one-slow|any [JOBS [exact|collapsed]]]]: milliseconds of plays of the RingProblem, the
// network's making included. Tells the peak of memory on stderr.
#include <memory>
#include <vector>

#include "network/communicator.h"
#include "tools/bench/ring_problem.h"

namespace {

using namespace syncline;

sim::Task<> program(network::Communicator& communicator, int rank) {
  co_await communicator.run(rank, {"ring-all-reduce", Bytes(RingProblem::kBytes)});
}

network::Cluster star_of(const RingProblem& problem) {
  network::Cluster cluster = network::bare_hosts(problem.ranks);
  const network::NodeId middle = cluster.topology.add_node(network::NodeKind::network_switch, "switch");
  for (int rank = 0; rank < problem.ranks; ++rank) {
    const Bandwidth rate = Bandwidth::bytes_per_second(problem.bytes_per_second(rank));
    connect(cluster, cluster.workers[static_cast<std::size_t>(rank)], middle, {rate, Time::from_seconds(RingProblem::kLatency)});
  }
  return cluster;
}

}  // namespace

int main(int argc, char** argv) {
  using How = network::Communicator::How;
  const RingProblem problem(argc, argv);
  const How how = argc > 4 && std::string(argv[4]) == "collapsed" ? How::collapsed : How::exact;
  network::Cluster cluster = star_of(problem);
  sim::Simulator simulator;
  network::FlowNetwork flows(simulator, cluster.topology);
  std::vector<std::unique_ptr<network::Communicator>> communicators;
  for (int job = 0; job < problem.jobs; ++job) {
    communicators.push_back(
        std::make_unique<network::Communicator>(simulator, flows, cluster, network::CommunicationStack{}, how));
    for (int rank = 0; rank < problem.ranks; ++rank) sim::spawn(simulator, program(*communicators.back(), rank));
  }
  simulator.run();
  problem.report("Syncline", simulator.now().seconds());
}
