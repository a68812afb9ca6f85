// ResNet and ResNeXt as torchvision has them: the stride is in the 3 x 3 convolution of a bottleneck.
#include <array>

#include "models/dnn/rows.h"
#include "models/dnn/zoo/timed_builder.h"
#include "sim/error.h"

namespace syncline::models {
namespace {

struct Config {
  std::string_view name, title;
  std::array<int, 4> blocks;  // of each stage
  bool bottleneck = true;
  int groups = 1, group_width = 64;
};

constexpr std::array kConfigs{Config{"resnet18", "ResNet-18", {2, 2, 2, 2}, false},
                              Config{"resnet34", "ResNet-34", {3, 4, 6, 3}, false},
                              Config{"resnet50", "ResNet-50", {3, 4, 6, 3}},
                              Config{"resnet101", "ResNet-101", {3, 4, 23, 3}},
                              Config{"resnet152", "ResNet-152", {3, 8, 36, 3}},
                              Config{"resnext50", "ResNeXt-50, 32 x 4d", {3, 4, 6, 3}, true, 32, 4},
                              Config{"resnext101", "ResNeXt-101, 32 x 8d", {3, 4, 23, 3}, true, 32, 8}};

class Builder {
 public:
  Builder(const ModelRow& row, const Config& config, InputShape input) : net_(row, input), config_(config) {}

  Dnn build(int classes) {
    conv_norm("conv1", "bn1", 64, square(7, 2, 3));
    net_.relu("relu");
    net_.max_pool("maxpool", square(3, 2, 1));
    for (int stage = 0; stage < 4; ++stage) {
      for (int i = 0; i < config_.blocks[static_cast<std::size_t>(stage)]; ++i) {
        block("layer" + std::to_string(stage + 1) + "." + std::to_string(i), 64 << stage, stage > 0 && i == 0 ? 2 : 1);
      }
    }
    net_.adaptive_pool("avgpool", 1);
    net_.dense("fc", classes);
    return net_.take();
  }

 private:
  int conv_norm(const std::string& conv, const std::string& norm, int channels, Window window, int groups = 1,
                int input = TimedBuilder::kPrevious) {
    net_.conv(conv, channels, window, {.groups = groups}, input);
    return net_.batch_norm(norm);
  }

  void block(const std::string& name, int planes, int stride) {
    const int input = top_;
    const int out = config_.bottleneck ? 4 * planes : planes;
    int branch = 0;
    if (config_.bottleneck) {
      const int width = planes * config_.group_width / 64 * config_.groups;
      conv_norm(name + ".conv1", name + ".bn1", width, square(1));
      net_.relu(name + ".relu1");
      conv_norm(name + ".conv2", name + ".bn2", width, square(3, stride, 1), config_.groups);
      net_.relu(name + ".relu2");
      branch = conv_norm(name + ".conv3", name + ".bn3", out, square(1));
    } else {
      conv_norm(name + ".conv1", name + ".bn1", out, square(3, stride, 1));
      net_.relu(name + ".relu1");
      branch = conv_norm(name + ".conv2", name + ".bn2", out, square(3, 1, 1));
    }
    int skip = input;
    if (stride != 1 || channels_ != out) {
      skip = conv_norm(name + ".downsample.0", name + ".downsample.1", out, square(1, stride), 1, input);
    }
    net_.add(name + ".add", branch, skip);
    top_ = net_.relu(name + ".relu");
    channels_ = out;
  }

  TimedBuilder net_;
  const Config& config_;
  int top_ = 3, channels_ = 64;  // the output that the next block reads: at first maxpool's
};

Dnn build(const ModelRow& row, InputShape input) {
  for (const Config& config : kConfigs) {
    if (config.name == row.name) return Builder(row, config, input).build(input.classes);
  }
  throw InternalError("no such ResNet");
}

}  // namespace

std::vector<ModelRow> resnet_rows() {
  std::vector<ModelRow> rows;
  for (const Config& config : kConfigs) {
    const bool next = config.groups > 1;
    rows.push_back({.name = config.name,
                    .title = config.title,
                    .source = next ? "Xie et al. 2017, arXiv:1611.05431; tensors as in torchvision/models/resnet.py"
                                   : "He et al. 2016, arXiv:1512.03385; tensors as in torchvision/models/resnet.py",
                    .help = "Residual network with batch normalisation, for images of 224 x 224 and 1,000 classes.",
                    .trains = false,
                    .standard = kImageNet,
                    .build = build});
  }
  return rows;
}

}  // namespace syncline::models
