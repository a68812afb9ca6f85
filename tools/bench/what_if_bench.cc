// what_if_bench [NODES [GPUS [POINTS [exact]]]]: milliseconds of processor time that one what-if point takes: S-SGD by WFBP with
// 25 MiB buckets on BERT-Large, machines of GPUs joined by 10 Gbit/s Ethernet, the network's making included. Prints the median.
// Goals: 2 ms for 8 machines of 4, 100 ms for 1,024 of 4.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "models/training/timeline.h"

namespace {

using namespace syncline;

/// With its pre-training heads, of sentences of 64 tokens.
models::Dnn bert_large() {
  const models::ModelRow& row = models::model("bert-large");
  models::InputShape input = row.standard;
  input.tokens = 64;
  return row.make(input);
}

}  // namespace

int main(int argc, char** argv) {
  const int nodes = argc > 1 ? std::atoi(argv[1]) : 8, gpus = argc > 2 ? std::atoi(argv[2]) : 4;
  const int points = argc > 3 ? std::atoi(argv[3]) : 51;
  const models::Dnn dnn = bert_large();
  models::DeviceProfile device;
  device.flops_per_second = 15.7e12;
  device.memory = Bandwidth::bytes_per_second(900e9);
  const models::MethodRow& row = models::method_row("s-sgd");
  const auto method = row.make(models::Parameters(row.parameters));
  models::TimelineSetup setup{&dnn, 8, &device};
  setup.flow_by_flow = argc > 4 && std::string(argv[4]) == "exact";

  std::vector<double> milliseconds;
  double iteration = 0;
  for (int i = 0; i < points; ++i) {
    const std::clock_t begin = std::clock();
    models::NetworkProfile network;
    network.cluster = network::multi_gpu_nodes(nodes, gpus, {Bandwidth::bytes_per_second(12e9), Time::microseconds(5)},
                                               {Bandwidth::bits_per_second(1e10), Time::microseconds(15)});
    iteration = models::play(setup, *method, network).iteration;
    milliseconds.push_back(1e3 * static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC);
  }
  std::ranges::sort(milliseconds);
  std::fprintf(stderr, "%zu tensors, %lld parameters, %d machines of %d: %.6f s an iteration\n", dnn.parameters().size(),
               static_cast<long long>(dnn.parameter_count()), nodes, gpus, iteration);
  std::printf("%.3f\n", milliseconds[milliseconds.size() / 2]);
}
