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

constexpr std::int64_t kHidden = 1024, kInner = 4096, kVocabulary = 30522, kTokens = 64;

/// A layer of so many multiply-adds a sample; two FLOPs each, and twice as many backward.
void add_layer(models::Dnn& dnn, const std::string& name, double multiply_adds, std::vector<std::vector<std::int64_t>> shapes) {
  models::Layer layer;
  layer.name = name;
  for (std::vector<std::int64_t>& shape : shapes) layer.parameters.push_back({name, std::move(shape)});
  layer.forward_flops = 2 * multiply_adds;
  layer.backward_flops = 4 * multiply_adds;
  layer.forward_launches = 1;
  layer.backward_launches = 2;
  dnn.layers.push_back(std::move(layer));
}

void add_dense(models::Dnn& dnn, const std::string& name, std::int64_t in, std::int64_t out) {
  add_layer(dnn, name, static_cast<double>(kTokens * in * out), {{out, in}, {out}});
}

/// BERT-Large with its pre-training heads: 398 tensors, 336,226,108 parameters (Devlin et al., NAACL 2019, section 3; the
/// decoder's weights are those of the embedding).
models::Dnn bert_large() {
  models::Dnn dnn;
  dnn.name = "bert-large";
  add_layer(dnn, "embeddings", 0, {{kVocabulary, kHidden}, {512, kHidden}, {2, kHidden}, {kHidden}, {kHidden}});
  for (int i = 0; i < 24; ++i) {
    const std::string block = "block" + std::to_string(i) + ".";
    for (const char* name : {"query", "key", "value", "projection"}) add_dense(dnn, block + name, kHidden, kHidden);
    add_layer(dnn, block + "attention", static_cast<double>(2 * kTokens * kTokens * kHidden), {{kHidden}, {kHidden}});
    add_dense(dnn, block + "up", kHidden, kInner);
    add_dense(dnn, block + "down", kInner, kHidden);
    add_layer(dnn, block + "norm", 0, {{kHidden}, {kHidden}});
  }
  add_layer(dnn, "pooler", static_cast<double>(kHidden * kHidden), {{kHidden, kHidden}, {kHidden}});
  add_dense(dnn, "transform", kHidden, kHidden);
  add_layer(dnn, "decoder", static_cast<double>(kTokens * kHidden * kVocabulary), {{kHidden}, {kHidden}, {kVocabulary}});
  add_layer(dnn, "next_sentence", 0, {{2, kHidden}, {2}});
  return dnn;
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
