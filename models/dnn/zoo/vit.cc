// Vision transformers as torchvision has them, without dropout.
#include <array>

#include "models/dnn/rows.h"
#include "models/dnn/zoo/timed_builder.h"
#include "sim/error.h"

namespace syncline::models {
namespace {

constexpr int kPatch = 16;  // pixels

struct Config {
  std::string_view name, title;
  int layers, hidden, heads;
};

constexpr std::array kConfigs{Config{"vit-b-16", "ViT-B/16", 12, 768, 12}, Config{"vit-l-16", "ViT-L/16", 24, 1024, 16}};

int encoder_layer(TimedBuilder& net, const std::string& name, const Config& config, int input) {
  const std::int64_t hidden = config.hidden;
  net.layer_norm(name + ".ln_1", input);
  net.dense(name + ".self_attention", 3 * hidden, {.weight = ".in_proj_weight", .bias_name = ".in_proj_bias"});
  net.attention(name + ".self_attention.scores",
                {.heads = config.heads, .key_heads = config.heads, .head_features = hidden / config.heads});
  const int attention = net.dense(name + ".self_attention.out_proj", hidden);
  const int middle = net.add(name + ".add_1", input, attention);
  net.layer_norm(name + ".ln_2");
  net.dense(name + ".mlp.0", 4 * hidden);
  net.gelu(name + ".mlp.1");
  return net.add(name + ".add_2", middle, net.dense(name + ".mlp.3", hidden));
}

Dnn build(const ModelRow& row, InputShape input) {
  const Config& config = row.name == kConfigs[0].name ? kConfigs[0] : kConfigs[1];
  if (input.height % kPatch != 0 || input.width % kPatch != 0) {
    throw UserError(std::string(row.name) + ": the input of " + std::to_string(input.height) + " x " +
                    std::to_string(input.width) + " cannot be cut into patches of 16 x 16");
  }
  TimedBuilder net(row, input);
  const int patches = net.conv("conv_proj", config.hidden, square(kPatch, kPatch), {.bias = true});
  const double tokens = static_cast<double>(net.positions(patches) + 1), moved = 2 * tokens * config.hidden;
  net.streaming("class_token.cat", config.hidden, {0, moved, 1}, {0, moved, 2});
  net.add_position();
  net.parameter("class_token", {1, 1, config.hidden});
  net.registers_last(patches);
  int top = net.streaming("encoder.add", config.hidden, {moved / 2, moved, 1}, {moved / 2, moved / 2, 1});
  net.parameter("encoder.pos_embedding", {1, static_cast<std::int64_t>(tokens), config.hidden});
  for (int i = 0; i < config.layers; ++i) {
    top = encoder_layer(net, "encoder.layers.encoder_layer_" + std::to_string(i), config, top);
  }
  net.layer_norm("encoder.ln");
  net.dense("heads.head", input.classes, {.positions = 1});
  return net.take();
}

}  // namespace

std::vector<ModelRow> vit_rows() {
  std::vector<ModelRow> rows;
  for (const Config& config : kConfigs) {
    rows.push_back({.name = config.name,
                    .title = config.title,
                    .source = "Dosovitskiy et al. 2021, arXiv:2010.11929, table 1; tensors as in "
                              "torchvision/models/vision_transformer.py",
                    .help = "A transformer over patches of 16 x 16 pixels, for images of 224 x 224 and 1,000 classes.",
                    .trains = false,
                    .standard = kImageNet,
                    .build = build});
  }
  return rows;
}

}  // namespace syncline::models
