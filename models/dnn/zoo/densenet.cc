// DenseNet-201 as torchvision has it: growth 32, bottlenecks of 128 channels, transitions that halve the channels.
#include <array>

#include "models/dnn/rows.h"
#include "models/dnn/zoo/timed_builder.h"

namespace syncline::models {
namespace {

constexpr int kGrowth = 32;
constexpr std::array kBlocks{6, 12, 48, 32};  // dense layers of each block

void norm_relu_conv(TimedBuilder& net, const std::string& prefix, const std::string& number, int channels, Window window) {
  net.batch_norm(prefix + "norm" + number);
  net.relu(prefix + "relu" + number);
  net.conv(prefix + "conv" + number, channels, window);
}

/// Every layer reads the outputs of all before it, joined anew. Returns the channels that come out.
int dense_block(TimedBuilder& net, const std::string& name, int layers, int first, int channels) {
  std::vector<int> outputs = {first};
  for (int i = 1; i <= layers; ++i) {
    const std::string prefix = name + ".denselayer" + std::to_string(i) + ".";
    net.concatenate(prefix + "cat", outputs);
    norm_relu_conv(net, prefix, "1", 4 * kGrowth, square(1));
    net.batch_norm(prefix + "norm2");
    net.relu(prefix + "relu2");
    outputs.push_back(net.conv(prefix + "conv2", kGrowth, square(3, 1, 1)));
  }
  net.concatenate(name + ".cat", outputs);
  return channels + layers * kGrowth;
}

Dnn build(const ModelRow& row, InputShape input) {
  TimedBuilder net(row, input);
  net.conv("features.conv0", 64, square(7, 2, 3));
  net.batch_norm("features.norm0");
  net.relu("features.relu0");
  int top = net.max_pool("features.pool0", square(3, 2, 1));
  int channels = 64;
  for (std::size_t block = 0; block < kBlocks.size(); ++block) {
    const std::string number = std::to_string(block + 1);
    channels = dense_block(net, "features.denseblock" + number, kBlocks[block], top, channels);
    if (block + 1 == kBlocks.size()) break;
    channels /= 2;
    const std::string transition = "features.transition" + number + ".";
    norm_relu_conv(net, transition, "", channels, square(1));
    top = net.average_pool(transition + "pool", square(2, 2));
  }
  net.batch_norm("features.norm5");
  net.relu("relu");
  net.adaptive_pool("pool", 1);
  net.dense("classifier", input.classes);
  return net.take();
}

}  // namespace

std::vector<ModelRow> densenet_rows() {
  return {{.name = "densenet201",
           .title = "DenseNet-201",
           .source = "Huang et al. 2017, arXiv:1608.06993, table 1; tensors as in torchvision/models/densenet.py",
           .help = "98 dense layers of many small tensors, for images of 224 x 224 and 1,000 classes.",
           .trains = false,
           .standard = kImageNet,
           .build = build}};
}

}  // namespace syncline::models
