// The zoo against what is published of its networks.
#include <gtest/gtest.h>

#include <numeric>
#include <set>

#include "models/dnn/dnn.h"
#include "models/dnn/replica_network.h"
#include "models/training/buckets.h"
#include "models/training/low_rank_layout.h"
#include "models/training/method.h"
#include "sim/error.h"

namespace syncline::models {
namespace {

Dnn standard(std::string_view name) { return model(name).make(model(name).standard); }

Dnn bert(std::string_view name, int tokens) {
  InputShape input = model(name).standard;
  input.tokens = tokens;
  return model(name).make(input);
}

struct Published {
  std::string_view name;
  std::int64_t parameters;
  std::size_t tensors;
  double giga_multiply_adds;  // of one sample of the standard shape; 0: not published
};

// Parameters and "GFLOPS" of convolutional networks and vision transformers: torchvision's table of classification models
// (docs/models.html, weights IMAGENET1K_V1; `num_params` and `_ops` in torchvision/models), whose GFLOPS are multiply-adds.
// Inception-v4: timm's model card says 42.7 M and 12.3 GMACs; the exact number is its module's. BERT with its pre-training
// heads: HKBU-HPML/ddl-benchmarks (Shi et al. 2020, arXiv:2005.13247). GPT-2 and Llama: num_parameters() of the checkpoints on the
// Hugging Face hub (openai-community/gpt2, -medium, -large, -xl; huggyllama/llama-7b; meta-llama/Llama-3.2-1B;
// TinyLlama/TinyLlama-1.1B-intermediate-step-1431k-3T). Tensors are counted from the implementations' modules: an expression
// says how.
constexpr Published kPublished[] = {
    {"resnet18", 11'689'512, 3 + 8 * 6 + 3 * 3 + 2, 1.814},
    {"resnet34", 21'797'672, 3 + 16 * 6 + 3 * 3 + 2, 3.664},
    {"resnet50", 25'557'032, 161, 4.089},
    {"resnet101", 44'549'160, 3 + 33 * 9 + 4 * 3 + 2, 7.801},
    {"resnet152", 60'192'808, 3 + 50 * 9 + 4 * 3 + 2, 11.514},
    {"resnext50", 25'028'904, 161, 4.23},
    {"resnext101", 88'791'336, 3 + 33 * 9 + 4 * 3 + 2, 16.414},
    {"vgg16", 138'357'544, 2 * 16, 15.47},
    {"vgg19", 143'667'240, 2 * 19, 19.632},
    {"inception-v4", 42'679'816, 149 * 3 + 2, 12.3},
    {"densenet201", 20'013'928, 3 + 98 * 6 + 3 * 3 + 2 + 2, 4.291},
    {"vit-b-16", 86'567'656, 4 + 12 * 12 + 4, 17.564},
    {"vit-l-16", 304'326'632, 4 + 24 * 12 + 4, 61.555},
    {"bert-base", 110'106'428, 5 + 12 * 16 + 2 + 5 + 2, 0},
    {"bert-large", 336'226'108, 398, 0},
    {"gpt2", 124'439'808, 2 + 12 * 12 + 2, 0},
    {"gpt2-medium", 354'823'168, 2 + 24 * 12 + 2, 0},
    {"gpt2-large", 774'030'080, 2 + 36 * 12 + 2, 0},
    {"gpt2-xl", 1'557'611'200, 2 + 48 * 12 + 2, 0},
    {"llama-7b", 6'738'415'616, 1 + 32 * 9 + 2, 0},
    {"llama-3.2-1b", 1'235'814'400, 1 + 16 * 9 + 1, 0},
    {"tinyllama", 1'100'048'384, 1 + 22 * 9 + 2, 0},
};

TEST(Zoo, HasThePublishedParametersTensorsAndMultiplyAdds) {
  std::set<std::string_view> seen;
  for (const Published& published : kPublished) {
    const Dnn dnn = standard(published.name);
    seen.insert(published.name);
    EXPECT_EQ(dnn.parameter_count(), published.parameters) << dnn.name;
    EXPECT_EQ(dnn.parameters().size(), published.tensors) << dnn.name;
    double multiply_adds = 0;
    for (const Layer& layer : dnn.layers) multiply_adds += layer.multiply_adds;
    if (published.giga_multiply_adds > 0) {
      EXPECT_NEAR(multiply_adds / 1e9 / published.giga_multiply_adds, 1, 0.01) << dnn.name << " " << multiply_adds;
    }
  }
  for (const ModelRow& row : models()) EXPECT_TRUE(row.trains || seen.count(row.name) == 1) << row.name << " is not checked";
}

// A decoder's forward takes two FLOPs for each weight of a matrix and token, and those of attention: Kaplan et al. 2020,
// arXiv:2001.08361, table 1 (2 N + 2 layers tokens hidden multiply-adds, both halves of attention).
TEST(Zoo, TextCostsWhatTheFormulaSays) {
  for (const char* name : {"gpt2", "gpt2-xl"}) {
    const Dnn dnn = standard(name);
    const bool small = dnn.name == "gpt2";
    const double tokens = 1024, hidden = small ? 768 : 1600, layers = small ? 12 : 48;
    const double weights = layers * 12 * hidden * hidden + 50257 * hidden;
    double multiply_adds = 0;
    for (const Layer& layer : dnn.layers) multiply_adds += layer.multiply_adds;
    EXPECT_DOUBLE_EQ(multiply_adds, tokens * (weights + 2 * layers * tokens * hidden)) << name;
  }
}

struct Ends {
  std::string_view name, first, second, before_last, last;
  std::vector<std::int64_t> first_shape, last_shape;
};

TEST(Zoo, RegistersTensorsAsTheImplementationDoes) {
  const Ends all[] = {
      {"resnet50", "conv1.weight", "bn1.weight", "fc.weight", "fc.bias", {64, 3, 7, 7}, {1000}},
      {"resnext50", "conv1.weight", "bn1.weight", "fc.weight", "fc.bias", {64, 3, 7, 7}, {1000}},
      {"vgg16", "features.0.weight", "features.0.bias", "classifier.6.weight", "classifier.6.bias", {64, 3, 3, 3}, {1000}},
      {"inception-v4",
       "features.0.conv.weight",
       "features.0.bn.weight",
       "last_linear.weight",
       "last_linear.bias",
       {32, 3, 3, 3},
       {1000}},
      {"densenet201",
       "features.conv0.weight",
       "features.norm0.weight",
       "classifier.weight",
       "classifier.bias",
       {64, 3, 7, 7},
       {1000}},
      {"vit-b-16", "class_token", "conv_proj.weight", "heads.head.weight", "heads.head.bias", {1, 1, 768}, {1000}},
      {"bert-large",
       "bert.embeddings.word_embeddings.weight",
       "bert.embeddings.position_embeddings.weight",
       "cls.seq_relationship.weight",
       "cls.seq_relationship.bias",
       {30522, 1024},
       {2}},
      {"gpt2",
       "transformer.wte.weight",
       "transformer.wpe.weight",
       "transformer.ln_f.weight",
       "transformer.ln_f.bias",
       {50257, 768},
       {768}},
      {"llama-7b",
       "model.embed_tokens.weight",
       "model.layers.0.self_attn.q_proj.weight",
       "model.norm.weight",
       "lm_head.weight",
       {32000, 4096},
       {32000, 4096}},
  };
  for (const Ends& ends : all) {
    const std::vector<Parameter> tensors = standard(ends.name).parameters();
    EXPECT_EQ(tensors.front().name, ends.first);
    EXPECT_EQ(tensors[1].name, ends.second);
    EXPECT_EQ(tensors[tensors.size() - 2].name, ends.before_last);
    EXPECT_EQ(tensors.back().name, ends.last);
    EXPECT_EQ(tensors.front().shape, ends.first_shape) << ends.name;
    EXPECT_EQ(tensors.back().shape, ends.last_shape) << ends.name;
  }
}

std::string names_from(const Dnn& dnn, std::size_t first, std::size_t count) {
  std::string all;
  for (const Parameter& parameter : dnn.parameters()) {
    if (first > 0) {
      --first;
    } else if (count > 0) {
      --count;
      all += parameter.name + " ";
    }
  }
  return all;
}

// Where registration differs from the order of forward.
TEST(Zoo, RegistersLateWhatRunsEarly) {
  EXPECT_EQ(names_from(standard("llama-7b"), 1, 9),
            "model.layers.0.self_attn.q_proj.weight model.layers.0.self_attn.k_proj.weight "
            "model.layers.0.self_attn.v_proj.weight model.layers.0.self_attn.o_proj.weight model.layers.0.mlp.gate_proj.weight "
            "model.layers.0.mlp.up_proj.weight model.layers.0.mlp.down_proj.weight model.layers.0.input_layernorm.weight "
            "model.layers.0.post_attention_layernorm.weight ");
  EXPECT_EQ(names_from(standard("bert-base"), 197, 9),
            "bert.pooler.dense.weight bert.pooler.dense.bias cls.predictions.bias cls.predictions.transform.dense.weight "
            "cls.predictions.transform.dense.bias cls.predictions.transform.LayerNorm.weight "
            "cls.predictions.transform.LayerNorm.bias cls.seq_relationship.weight cls.seq_relationship.bias ");
  EXPECT_EQ(names_from(standard("vit-b-16"), 0, 8),
            "class_token conv_proj.weight conv_proj.bias encoder.pos_embedding "
            "encoder.layers.encoder_layer_0.ln_1.weight encoder.layers.encoder_layer_0.ln_1.bias "
            "encoder.layers.encoder_layer_0.self_attention.in_proj_weight "
            "encoder.layers.encoder_layer_0.self_attention.in_proj_bias ");
}

/// How many times smaller Power-SGD's messages are than the gradients.
double ratio(const Dnn& dnn, double rank) {
  const MethodRow& row = method_row("power-sgd");
  Parameters parameters(row.parameters);
  parameters.set("rank", rank);
  return 4.0 * static_cast<double>(dnn.parameter_count()) / row.make(parameters)->payload(dnn).all_reduce_bytes;
}

// Zhang et al. 2023, ICDCS (the paper of ACP-SGD), to one decimal.
TEST(Zoo, GivesPowerSgdsPublishedRatios) {
  EXPECT_NEAR(ratio(standard("resnet50"), 4), 66.5, 0.05);
  EXPECT_NEAR(ratio(standard("resnet152"), 4), 52.9, 0.05);
  EXPECT_NEAR(ratio(standard("bert-base"), 32), 16.7, 0.05);
  EXPECT_NEAR(ratio(standard("bert-large"), 32), 21.4, 0.05);
}

// BERT-Large's second dense layer of a block, 64 tokens: 64 * 4096 numbers in, 64 * 1024 out.
TEST(Zoo, CostsWhatHandCalculationSays) {
  const Dnn dnn = bert("bert-large", 64);
  const auto layer = [&](std::string_view name) {
    for (const Layer& each : dnn.layers) {
      if (each.name == name) return each;
    }
    throw InternalError("no layer " + std::string(name));
  };
  const Layer down = layer("bert.encoder.layer.3.output.dense");
  EXPECT_EQ(down.multiply_adds, 64.0 * 4096 * 1024);
  EXPECT_EQ(down.forward_flops, 2 * 64.0 * 4096 * 1024 + 64 * 1024);
  EXPECT_EQ(down.backward_flops, 4 * 64.0 * 4096 * 1024 + 64 * 1024);
  EXPECT_EQ(down.forward_bytes, 4 * 64.0 * (4096 + 1024));
  EXPECT_EQ(down.forward_weight_bytes(), 4.0 * (4096 * 1024 + 1024));
  EXPECT_EQ(down.backward_weight_bytes(), 8.0 * (4096 * 1024 + 1024));
  // 16 heads of 64 x 64 scores, two products of 64 multiply-adds for each.
  EXPECT_EQ(layer("bert.encoder.layer.3.attention.self").multiply_adds, 2.0 * 16 * 64 * 64 * 64);
  // Rows are looked up: 64 of 1,024 numbers, read and written. The whole gradient is cleared.
  const Layer words = layer("bert.embeddings.word_embeddings");
  EXPECT_EQ(words.forward_bytes, 4 * 2.0 * 64 * 1024);
  EXPECT_EQ(words.forward_weight_bytes(), 0);
  EXPECT_EQ(words.backward_weight_bytes(), 4.0 * 30522 * 1024);
  // The decoder reads the embeddings' weights, which are counted once as parameters.
  const Layer decoder = layer("cls.predictions");
  EXPECT_EQ(decoder.parameter_count(), 30522);
  EXPECT_EQ(decoder.forward_weight_bytes(), 4.0 * (30522 * 1024 + 30522));
}

TEST(Zoo, ReadsLowerLayersOnlyAndSendsEveryTensorOnce) {
  for (const ModelRow& row : models()) {
    const Dnn dnn = row.make(row.standard);
    bool timed = false;
    for (int i = 0; i < static_cast<int>(dnn.layers.size()); ++i) {
      const Layer& layer = dnn.layers[static_cast<std::size_t>(i)];
      timed = timed || layer.kind == LayerKind::timed;
      EXPECT_LT(layer.input, i) << layer.name;
      EXPECT_GT(layer.forward_bytes, 0) << layer.name;
      EXPECT_GT(layer.backward_bytes, 0) << layer.name;
      EXPECT_GT(layer.forward_launches, 0) << layer.name;
      EXPECT_GT(layer.backward_launches, 0) << layer.name;
    }
    EXPECT_EQ(timed, !row.trains) << row.name;
    std::set<std::string> names;
    for (const Parameter& parameter : dnn.parameters()) {
      EXPECT_TRUE(names.insert(parameter.name).second) << row.name << ": two tensors " << parameter.name;
    }
    EXPECT_EQ(bucket_per_tensor(dnn).size(), names.size()) << row.name;
  }
}

TEST(Zoo, RefusesWhatItCannotRead) {
  EXPECT_THROW(model("resnet50").make({3, 0, 224, 1000}), UserError);
  EXPECT_THROW(model("resnet50").make({3, 224, 224, 1}), UserError);
  EXPECT_THROW(model("inception-v4").make({3, 64, 64, 1000}), UserError);
  EXPECT_THROW(model("vit-b-16").make({3, 225, 224, 1000}), UserError);
  EXPECT_THROW(bert("bert-base", 0), UserError);
  EXPECT_THROW(bert("bert-base", 513), UserError);
  EXPECT_NO_THROW(bert("bert-base", 512));
  EXPECT_NO_THROW(model("resnet18").make({1, 32, 32, 10}));
}

TEST(Zoo, HasNoPasses) {
  EXPECT_THROW(ReplicaNetwork(kernels::Device::open(kernels::Backend::reference, 1), standard("resnet18"), {1, 1}),
               InternalError);
}

// A shape, where the kernels have the layer's like, says the same as its parameters and costs.
TEST(Zoo, ShapesAreThoseOfTheParameters) {
  int shapes = 0;
  for (const ModelRow& row : models()) {
    const Dnn dnn = row.make(row.standard);
    for (const Layer& layer : dnn.layers) {
      SCOPED_TRACE(dnn.name + " " + layer.name);
      if (layer.kind != LayerKind::timed) continue;
      if (const auto* conv = std::get_if<kernels::ConvShape>(&layer.shape)) {
        ++shapes;
        EXPECT_EQ(layer.parameters.front().shape,
                  (std::vector<std::int64_t>{conv->out_channels, conv->in_channels, conv->kernel, conv->kernel}));
        EXPECT_EQ(layer.in_features, std::int64_t{conv->in_channels} * conv->height * conv->width);
        EXPECT_EQ(layer.out_features, std::int64_t{conv->out_channels} * conv->out_height() * conv->out_width());
      } else if (const auto* dense = std::get_if<kernels::DenseShape>(&layer.shape)) {
        ++shapes;
        EXPECT_EQ(layer.in_features % dense->in, 0);
        EXPECT_EQ(layer.out_features, layer.in_features / dense->in * dense->out);
        EXPECT_EQ(layer.multiply_adds, static_cast<double>(layer.in_features) * dense->out);
      } else if (const auto* norm = std::get_if<kernels::BatchNormShape>(&layer.shape)) {
        ++shapes;
        EXPECT_EQ(layer.parameters.front().shape, (std::vector<std::int64_t>{norm->channels}));
        EXPECT_EQ(layer.in_features, std::int64_t{norm->channels} * norm->pixels);
      } else if (const auto* layer_norm = std::get_if<kernels::LayerNormShape>(&layer.shape)) {
        ++shapes;
        EXPECT_EQ(layer.parameters.front().shape, (std::vector<std::int64_t>{layer_norm->features}));
        EXPECT_EQ(layer.in_features, std::int64_t{layer_norm->features} * layer_norm->positions);
      } else if (const auto* attention = std::get_if<kernels::AttentionShape>(&layer.shape)) {
        ++shapes;
        const std::int64_t scores = std::int64_t{attention->heads} * attention->tokens * attention->tokens;
        EXPECT_EQ(layer.out_features, std::int64_t{attention->heads} * attention->head_features * attention->tokens);
        EXPECT_EQ(layer.multiply_adds, 2.0 * static_cast<double>(scores * attention->head_features));
      } else if (const auto* table = std::get_if<kernels::EmbeddingShape>(&layer.shape)) {
        ++shapes;
        EXPECT_EQ(layer.parameters.front().shape, (std::vector<std::int64_t>{table->rows, table->features}));
        EXPECT_EQ(layer.out_features, std::int64_t{table->positions} * table->features);
      } else if (const auto* pool = std::get_if<kernels::PoolShape>(&layer.shape)) {
        ++shapes;
        EXPECT_EQ(layer.in_features, std::int64_t{pool->channels} * pool->height * pool->width);
        EXPECT_EQ(layer.out_features, std::int64_t{pool->channels} * pool->out_height() * pool->out_width());
      } else if (std::holds_alternative<Elementwise>(layer.shape)) {
        ++shapes;
        EXPECT_EQ(layer.in_features, layer.out_features);
      }
    }
  }
  EXPECT_GT(shapes, 3000);
}

}  // namespace
}  // namespace syncline::models
