// Llama as Hugging Face's LlamaForCausalLM has it: a layer's norms are registered after its matrices.
#include <array>

#include "models/dnn/rows.h"
#include "models/dnn/zoo/timed_builder.h"

namespace syncline::models {
namespace {

struct Config {
  std::string_view name, title, source;
  int layers, hidden, inner, heads, key_heads, vocabulary;
  bool tied;  // the head's weights are the token embeddings
  int most_tokens;
};

constexpr std::array kConfigs{
    Config{"llama-7b", "Llama 7B",
           "Touvron et al. 2023, arXiv:2302.13971, table 2; tensors as in transformers/models/llama/modeling_llama.py", 32, 4096,
           11008, 32, 32, 32000, false, 2048},
    Config{"llama-3.2-1b", "Llama 3.2 1B",
           "Meta 2024, config.json of meta-llama/Llama-3.2-1B; tensors as in transformers/models/llama/modeling_llama.py", 16,
           2048, 8192, 32, 8, 128256, true, 131072},
    Config{"tinyllama", "TinyLlama 1.1B",
           "Zhang et al. 2024, arXiv:2401.02385, table 2; tensors as in transformers/models/llama/modeling_llama.py", 22, 2048,
           5632, 32, 4, 32000, false, 2048}};

/// Rotary embedding of Q and K, composed of elementary operations on each: a half negated, the halves joined, two products, a sum.
void rotary(TimedBuilder& net, const std::string& name, double numbers) {
  const Pass pass{3.5 * numbers, 10 * numbers, 10};
  net.streaming(name, 1, pass, pass);
}

int block(TimedBuilder& net, const std::string& name, const Config& config, int input) {
  const DenseOptions plain{.bias = false};
  const std::int64_t head = config.hidden / config.heads, keys = head * config.key_heads;
  const int first_norm = net.rms_norm(name + ".input_layernorm", input);
  const int query = net.dense(name + ".self_attn.q_proj", config.hidden, plain, first_norm);
  const int key = net.dense(name + ".self_attn.k_proj", keys, plain, first_norm);
  net.dense(name + ".self_attn.v_proj", keys, plain, first_norm);
  rotary(net, name + ".self_attn.rotary", net.features(query) + net.features(key));
  net.attention(name + ".self_attn",
                {.heads = config.heads, .key_heads = config.key_heads, .head_features = head, .masked = true, .causal = true});
  const int attention = net.dense(name + ".self_attn.o_proj", config.hidden, plain);
  const int middle = net.add(name + ".add_1", input, attention);
  const int second_norm = net.rms_norm(name + ".post_attention_layernorm");
  net.dense(name + ".mlp.gate_proj", config.inner, plain, second_norm);
  const int up = net.dense(name + ".mlp.up_proj", config.inner, plain, second_norm);
  const double n = net.features(up);
  net.streaming(name + ".mlp.silu_product", config.inner, {6 * n, 5 * n, 2}, {10 * n, 9 * n, 3});
  const int branch = net.dense(name + ".mlp.down_proj", config.hidden, plain);
  net.registers_last(first_norm);
  net.registers_last(second_norm);
  return net.add(name + ".add_2", middle, branch);
}

Dnn build(const ModelRow& row, InputShape input) {
  const Config* config = kConfigs.data();
  while (config->name != row.name) ++config;
  TimedBuilder net(row, input, config->most_tokens);
  int top = net.embedding("model.embed_tokens", config->vocabulary, config->hidden);
  for (int i = 0; i < config->layers; ++i) top = block(net, "model.layers." + std::to_string(i), *config, top);
  net.rms_norm("model.norm");
  net.dense("lm_head", config->vocabulary, {.bias = false, .tied = config->tied});
  net.cross_entropy("loss", true);
  return net.take();
}

}  // namespace

std::vector<ModelRow> llama_rows() {
  std::vector<ModelRow> rows;
  for (const Config& config : kConfigs) {
    rows.push_back({.name = config.name,
                    .title = config.title,
                    .source = config.source,
                    .help = "Decoder of text with rotary embeddings, SwiGLU and RMSNorm.",
                    .trains = false,
                    .standard = {.classes = config.vocabulary, .tokens = 2048},
                    .build = build});
  }
  return rows;
}

}  // namespace syncline::models
