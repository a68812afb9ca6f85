// GPT-2 with its language-model head, as Hugging Face's GPT2LMHeadModel has it; the head's weights are the token embeddings.
#include <array>

#include "models/dnn/rows.h"
#include "models/dnn/zoo/timed_builder.h"

namespace syncline::models {
namespace {

constexpr int kVocabulary = 50257, kMostTokens = 1024;

struct Config {
  std::string_view name, title;
  int layers, hidden, heads;
};

constexpr std::array kConfigs{Config{"gpt2", "GPT-2 small", 12, 768, 12}, Config{"gpt2-medium", "GPT-2 medium", 24, 1024, 16},
                              Config{"gpt2-large", "GPT-2 large", 36, 1280, 20}, Config{"gpt2-xl", "GPT-2 XL", 48, 1600, 25}};

/// Its dense layers are "Conv1D": weights of [in][out].
int dense(TimedBuilder& net, const std::string& name, int out) { return net.dense(name, out, {.transposed = true}); }

int block(TimedBuilder& net, const std::string& name, const Config& config, int input) {
  const int hidden = config.hidden;
  net.layer_norm(name + ".ln_1", input);
  dense(net, name + ".attn.c_attn", 3 * hidden);
  net.attention(name + ".attn", {.heads = config.heads,
                                 .key_heads = config.heads,
                                 .head_features = hidden / config.heads,
                                 .masked = true,
                                 .causal = true,
                                 .dropout = true});
  dense(net, name + ".attn.c_proj", hidden);
  const int middle = net.add(name + ".add_1", input, net.dropout(name + ".attn.dropout"));
  net.layer_norm(name + ".ln_2");
  dense(net, name + ".mlp.c_fc", 4 * hidden);
  net.gelu(name + ".mlp.gelu");
  dense(net, name + ".mlp.c_proj", hidden);
  return net.add(name + ".add_2", middle, net.dropout(name + ".mlp.dropout"));
}

Dnn build(const ModelRow& row, InputShape input) {
  const Config* config = kConfigs.data();
  while (config->name != row.name) ++config;
  TimedBuilder net(row, input, kMostTokens);
  const int words = net.embedding("transformer.wte", kVocabulary, config->hidden);
  const int places = net.embedding("transformer.wpe", kMostTokens, config->hidden);
  net.add("transformer.add", words, places);
  int top = net.dropout("transformer.drop");
  for (int i = 0; i < config->layers; ++i) top = block(net, "transformer.h." + std::to_string(i), *config, top);
  net.layer_norm("transformer.ln_f");
  net.dense("lm_head", kVocabulary, {.bias = false, .tied = true});
  net.cross_entropy("loss", true);
  return net.take();
}

}  // namespace

std::vector<ModelRow> gpt2_rows() {
  std::vector<ModelRow> rows;
  for (const Config& config : kConfigs) {
    rows.push_back({.name = config.name,
                    .title = config.title,
                    .source =
                        "Radford et al. 2019, \"Language Models are Unsupervised Multitask Learners\", table 2; tensors as in "
                        "transformers/models/gpt2/modeling_gpt2.py, GPT2LMHeadModel",
                    .help = "Decoder of text; vocabulary 50,257, at most 1,024 tokens.",
                    .trains = false,
                    .standard = {.classes = kVocabulary, .tokens = kMostTokens},
                    .build = build});
  }
  return rows;
}

}  // namespace syncline::models
