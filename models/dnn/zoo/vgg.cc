// VGG without batch normalisation, as torchvision has it.
#include <array>
#include <span>

#include "models/dnn/rows.h"
#include "models/dnn/zoo/timed_builder.h"

namespace syncline::models {
namespace {

constexpr int kPool = 0;  // in place of a convolution's channels
constexpr std::array kVgg16{64, 64, kPool, 128, 128, kPool, 256, 256, 256, kPool, 512, 512, 512, kPool, 512, 512, 512, kPool};
constexpr std::array kVgg19{64,  64,  kPool, 128, 128,   kPool, 256, 256, 256, 256,  kPool,
                            512, 512, 512,   512, kPool, 512,   512, 512, 512, kPool};

Dnn build(const ModelRow& row, InputShape input) {
  TimedBuilder net(row, input);
  int index = 0;  // in the sequence of modules
  const auto name = [&] { return "features." + std::to_string(index++); };
  const std::span<const int> layers = row.name == "vgg16" ? std::span<const int>(kVgg16) : std::span<const int>(kVgg19);
  for (const int channels : layers) {
    if (channels == kPool) {
      net.max_pool(name(), square(2, 2));
    } else {
      net.conv(name(), channels, square(3, 1, 1), {.bias = true});
      net.relu(name());
    }
  }
  net.adaptive_pool("avgpool", 7);
  net.flatten();
  for (const int first : {0, 3}) {
    net.dense("classifier." + std::to_string(first), 4096);
    net.relu("classifier." + std::to_string(first + 1));
    net.dropout("classifier." + std::to_string(first + 2));
  }
  net.dense("classifier.6", input.classes);
  return net.take();
}

ModelRow row_of(std::string_view name, std::string_view title) {
  return {.name = name,
          .title = title,
          .source = "Simonyan and Zisserman 2015, arXiv:1409.1556, table 1 (D, E); tensors as in torchvision/models/vgg.py",
          .help = "3 x 3 convolutions and three dense layers that hold most parameters, for images of 224 x 224, 1,000 classes.",
          .trains = false,
          .standard = kImageNet,
          .build = build};
}

}  // namespace

std::vector<ModelRow> vgg_rows() { return {row_of("vgg16", "VGG-16"), row_of("vgg19", "VGG-19")}; }

}  // namespace syncline::models
