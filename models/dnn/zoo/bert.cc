// BERT with its two pre-training heads, as Hugging Face's BertForPreTraining has it.
#include <array>

#include "models/dnn/rows.h"
#include "models/dnn/zoo/timed_builder.h"

namespace syncline::models {
namespace {

constexpr int kVocabulary = 30522, kMostTokens = 512;

struct Config {
  std::string_view name, title;
  int layers, hidden, heads;
};

constexpr std::array kConfigs{Config{"bert-base", "BERT-Base, pre-training", 12, 768, 12},
                              Config{"bert-large", "BERT-Large, pre-training", 24, 1024, 16}};

int embeddings(TimedBuilder& net, int hidden) {
  const std::string name = "bert.embeddings.";
  const int word = net.embedding(name + "word_embeddings", kVocabulary, hidden);
  const int position = net.embedding(name + "position_embeddings", kMostTokens, hidden);
  const int type = net.embedding(name + "token_type_embeddings", 2, hidden);
  net.add(name + "add_2", net.add(name + "add_1", word, type), position);
  net.layer_norm(name + "LayerNorm");
  return net.dropout(name + "dropout");
}

int dense_add_norm(TimedBuilder& net, const std::string& name, int hidden, int skip) {
  net.dense(name + ".dense", hidden);
  const int branch = net.dropout(name + ".dropout");
  net.add(name + ".add", branch, skip);
  return net.layer_norm(name + ".LayerNorm");
}

int encoder_layer(TimedBuilder& net, const std::string& name, const Config& config, int input) {
  for (const char* projection : {"query", "key", "value"}) {
    net.dense(name + ".attention.self." + projection, config.hidden, {}, input);
  }
  net.attention(name + ".attention.self", {.heads = config.heads,
                                           .key_heads = config.heads,
                                           .head_features = config.hidden / config.heads,
                                           .masked = true,
                                           .dropout = true});
  const int middle = dense_add_norm(net, name + ".attention.output", config.hidden, input);
  net.dense(name + ".intermediate.dense", 4 * config.hidden);
  net.gelu(name + ".intermediate.gelu");
  return dense_add_norm(net, name + ".output", config.hidden, middle);
}

/// The masked words are asked of every token, as the implementation does; the decoder's weights are the word embeddings.
void heads(TimedBuilder& net, int hidden, int top) {
  net.dense("bert.pooler.dense", hidden, {.positions = 1}, top);
  const int pooled = net.tanh("bert.pooler.activation");
  const int transform = net.dense("cls.predictions.transform.dense", hidden, {}, top);
  net.gelu("cls.predictions.transform.gelu");
  const int norm = net.layer_norm("cls.predictions.transform.LayerNorm");
  net.dense("cls.predictions", kVocabulary, {.tied = true});
  net.registers_last(transform);
  net.registers_last(norm);
  net.cross_entropy("cls.predictions.loss", false);
  net.dense("cls.seq_relationship", 2, {}, pooled);
}

Dnn build(const ModelRow& row, InputShape input) {
  const Config& config = row.name == kConfigs[0].name ? kConfigs[0] : kConfigs[1];
  TimedBuilder net(row, input, kMostTokens);
  int top = embeddings(net, config.hidden);
  for (int i = 0; i < config.layers; ++i) top = encoder_layer(net, "bert.encoder.layer." + std::to_string(i), config, top);
  heads(net, config.hidden, top);
  return net.take();
}

}  // namespace

std::vector<ModelRow> bert_rows() {
  std::vector<ModelRow> rows;
  for (const Config& config : kConfigs) {
    rows.push_back(
        {.name = config.name,
         .title = config.title,
         .source = "Devlin et al. 2019, arXiv:1810.04805, sections 3 and A.2; tensors as in "
                   "transformers/models/bert/modeling_bert.py, BertForPreTraining",
         .help = "Encoder of text with heads for masked words and next sentences; vocabulary 30,522, at most 512 tokens.",
         .trains = false,
         .standard = {.classes = kVocabulary, .tokens = 128},
         .build = build});
  }
  return rows;
}

}  // namespace syncline::models
