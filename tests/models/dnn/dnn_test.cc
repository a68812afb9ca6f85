#include "models/dnn/dnn.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string_view>

#include "models/dnn/initial_weights.h"
#include "sim/error.h"

namespace syncline::models {
namespace {

constexpr InputShape kFashion{1, 28, 28, 10};

std::string names(const std::vector<Parameter>& parameters) {
  std::string all;
  for (const Parameter& parameter : parameters) all += parameter.name + " ";
  return all;
}

const Layer& layer(const Dnn& dnn, std::string_view name) {
  for (const Layer& l : dnn.layers) {
    if (l.name == name) return l;
  }
  throw std::runtime_error("no layer " + std::string(name));
}

TEST(Models, HaveTheirPublishedNumberOfParameters) {
  EXPECT_EQ(model("mlp").make(kFashion).parameter_count(), 235'146);
  EXPECT_EQ(model("lenet").make(kFashion).parameter_count(), 61'706);
  EXPECT_EQ(model("resnet8").make(kFashion).parameter_count(), 77'421);
}

TEST(Models, RegisterParametersLayerByLayer) {
  EXPECT_EQ(names(model("lenet").make(kFashion).parameters()),
            "conv1.weight conv1.bias conv2.weight conv2.bias dense1.weight dense1.bias dense2.weight dense2.bias dense3.weight "
            "dense3.bias ");
  EXPECT_EQ(names(model("resnet8").make({1, 8, 8, 2}).parameters()),
            "conv1.weight conv1.bias "
            "block1.conv1.weight block1.conv1.bias block1.conv2.weight block1.conv2.bias block1.alpha "
            "block2.shortcut.weight block2.shortcut.bias "
            "block2.conv1.weight block2.conv1.bias block2.conv2.weight block2.conv2.bias block2.alpha "
            "block3.shortcut.weight block3.shortcut.bias "
            "block3.conv1.weight block3.conv1.bias block3.conv2.weight block3.conv2.bias block3.alpha "
            "dense.weight dense.bias ");
}

TEST(Models, ReadLowerLayersOnlyAndEndInLogits) {
  for (const ModelRow& row : models()) {
    if (!row.trains) continue;
    for (const InputShape input : {kFashion, InputShape{3, 32, 32, 100}, InputShape{1, 12, 13, 2}}) {
      const Dnn dnn = row.make(input);
      EXPECT_EQ(dnn.name, row.name);
      EXPECT_EQ(dnn.layers.back().out_features, input.classes);
      std::int64_t count = 0;
      for (int i = 0; i < static_cast<int>(dnn.layers.size()); ++i) {
        const Layer& l = dnn.layers[static_cast<std::size_t>(i)];
        EXPECT_LT(l.input, i);
        EXPECT_LT(l.skip, i);
        const std::int64_t in = l.input < 0 ? dnn.features() : dnn.layers[static_cast<std::size_t>(l.input)].out_features;
        EXPECT_EQ(l.in_features, in) << row.name << " " << l.name;
        EXPECT_GT(l.forward_flops, 0) << l.name;
        EXPECT_GT(l.backward_flops, 0) << l.name;
        count += l.parameter_count();
      }
      EXPECT_EQ(count, dnn.parameter_count());
    }
  }
}

TEST(Models, CostWhatHandCalculationSays) {
  const Dnn dnn = model("lenet").make(kFashion);
  // conv2: 16 channels of 10 x 10, each a sum over 6 * 5 * 5 = 150 inputs; 6 * 14 * 14 = 1176 features in, 1600 out.
  const Layer& conv2 = layer(dnn, "conv2");
  EXPECT_EQ(conv2.forward_flops, 2 * 1600 * 150 + 1600);
  EXPECT_EQ(conv2.backward_flops, 4 * 1600 * 150 + 1600);
  EXPECT_EQ(conv2.forward_bytes, 4 * (1176 + 1600));
  EXPECT_EQ(conv2.backward_bytes, 2 * 4 * (1176 + 1600));
  EXPECT_EQ(conv2.backward_launches, 3);
  // conv1 needs no gradient of its input: 6 * 28 * 28 = 4704 sums over 25.
  const Layer& conv1 = layer(dnn, "conv1");
  EXPECT_EQ(conv1.backward_flops, 2 * 4704 * 25 + 4704);
  EXPECT_EQ(conv1.backward_launches, 2);
  EXPECT_EQ(layer(dnn, "dense2").forward_flops, 2 * 120 * 84 + 84);
  EXPECT_EQ(layer(dnn, "relu1").backward_bytes, 3 * 4 * 4704);
  EXPECT_EQ(layer(dnn, "pool1").forward_bytes, 4 * 4704 + 5 * 1176);  // a float and one byte for each output
}

TEST(Models, RefuseImpossibleInputs) {
  for (const ModelRow& row : models()) {
    if (!row.trains) continue;
    EXPECT_THROW(row.make({0, 28, 28, 10}), UserError) << row.name;
    EXPECT_THROW(row.make({1, 0, 28, 10}), UserError) << row.name;
    EXPECT_THROW(row.make({1, 28, -1, 10}), UserError) << row.name;
    EXPECT_THROW(row.make({1, 28, 28, 1}), UserError) << row.name;
    EXPECT_THROW(row.make({1, 28, 28, 257}), UserError) << row.name;
  }
  EXPECT_NO_THROW(model("lenet").make({1, 12, 12, 10}));
  try {
    model("lenet").make({1, 11, 28, 10});
    ADD_FAILURE() << "no error";
  } catch (const UserError& error) {
    EXPECT_STREQ(error.what(), "lenet: the input of 11 x 28 is too small: only 1 x 10 is left for pool2, whose window is 2 x 2");
  }
}

TEST(Models, AreFoundByNameOrSuggested) {
  for (const ModelRow& row : models()) {
    EXPECT_EQ(&model(row.name), &row);
    EXPECT_FALSE(row.title.empty() || row.source.empty() || row.help.empty()) << row.name;
  }
  try {
    model("lennet");
    ADD_FAILURE() << "no error";
  } catch (const UserError& error) {
    EXPECT_STREQ(error.what(), "unknown model 'lennet'; did you mean 'lenet'?");
  }
}

TEST(InitialWeights, FollowEachParametersRule) {
  sim::RandomStream random(1, "initial weights");
  for (const ModelRow& row : models()) {
    if (!row.trains) continue;
    const Dnn dnn = row.make(kFashion);
    const std::vector<float> weights = initial_weights(dnn, random);
    ASSERT_EQ(static_cast<std::int64_t>(weights.size()), dnn.parameter_count());
    std::size_t at = 0;
    for (const Parameter& parameter : dnn.parameters()) {
      double squares = 0, largest = 0;
      for (std::int64_t i = 0; i < parameter.elements(); ++i, ++at) {
        squares += std::pow(weights[at], 2);
        largest = std::max(largest, std::abs(double{weights[at]}));
      }
      const double n = static_cast<double>(parameter.elements()), variance = squares / n;
      const double fan_in = static_cast<double>(parameter.fan_in);
      // Second moments: 1 / (3 fan_in) for the uniform, relative deviation sqrt(0.8 / n); 2 / fan_in for the normal,
      // sqrt(2 / n). Six of them. A uniform one is below its bound, up to the rounding to float.
      if (parameter.initialization == Initialization::zero) {
        EXPECT_EQ(largest, 0) << parameter.name;
      } else if (parameter.initialization == Initialization::he_normal) {
        EXPECT_NEAR(variance * fan_in / 2, 1, 6 * std::sqrt(2 / n)) << parameter.name;
      } else {
        EXPECT_NEAR(variance * fan_in * 3, 1, 6 * std::sqrt(0.8 / n)) << parameter.name;
        EXPECT_LE(largest, (1 + 1e-7) / std::sqrt(fan_in)) << parameter.name;
      }
    }
  }
}

}  // namespace
}  // namespace syncline::models
