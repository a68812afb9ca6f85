// Inception-v4 as timm has it. Each convolution is followed by batch normalisation and a ReLU.
#include "models/dnn/rows.h"
#include "models/dnn/zoo/timed_builder.h"

namespace syncline::models {
namespace {

constexpr Window kRow7{1, 7, 1, 0, 3}, kColumn7{7, 1, 1, 3, 0}, kRow3{1, 3, 1, 0, 1}, kColumn3{3, 1, 1, 1, 0};

struct Conv {
  int channels;
  Window window;
};

class Builder {
 public:
  Builder(const ModelRow& row, InputShape input) : net_(row, input) {}

  Dnn build(int classes) {
    stem();
    for (int i = 0; i < 4; ++i) inception_a();
    reduction({{384, square(3, 2)}}, {{192, square(1)}, {224, square(3, 1, 1)}, {256, square(3, 2)}});
    for (int i = 0; i < 7; ++i) inception_b();
    reduction({{192, square(1)}, {192, square(3, 2)}}, {{256, square(1)}, {256, kRow7}, {320, kColumn7}, {320, square(3, 2)}});
    for (int i = 0; i < 3; ++i) inception_c();
    net_.adaptive_pool("global_pool", 1);
    net_.dense("last_linear", classes);
    return net_.take();
  }

 private:
  int conv(const std::string& name, Conv what, int input) {
    net_.conv(name + ".conv", what.channels, what.window, {}, input);
    net_.batch_norm(name + ".bn");
    return net_.relu(name + ".relu");
  }
  /// A branch of one convolution is that one, else a sequence.
  int branch(const std::string& name, const std::vector<Conv>& convs, int input) {
    if (convs.size() == 1) return conv(name, convs.front(), input);
    for (std::size_t i = 0; i < convs.size(); ++i) input = conv(name + "." + std::to_string(i), convs[i], input);
    return input;
  }
  /// Average pooling, then one convolution.
  int pooled_branch(const std::string& name, int channels) {
    return conv(name + ".1", {channels, square(1)}, net_.average_pool(name + ".0", square(3, 1, 1), top_));
  }
  std::string next() { return "features." + std::to_string(index_++); }
  void join(const std::string& name, const std::vector<int>& branches) { top_ = net_.concatenate(name + ".cat", branches); }

  void stem() {
    for (const Conv& each : {Conv{32, square(3, 2)}, Conv{32, square(3)}, Conv{64, square(3, 1, 1)}})
      top_ = conv(next(), each, top_);
    std::string name = next();
    const int pooled = net_.max_pool(name + ".maxpool", square(3, 2), top_);
    join(name, {pooled, conv(name + ".conv", {96, square(3, 2)}, top_)});
    name = next();
    const int first = branch(name + ".branch0", {{64, square(1)}, {96, square(3)}}, top_);
    join(name, {first, branch(name + ".branch1", {{64, square(1)}, {64, kRow7}, {64, kColumn7}, {96, square(3)}}, top_)});
    name = next();
    const int strided = conv(name + ".conv", {192, square(3, 2)}, top_);
    join(name, {strided, net_.max_pool(name + ".maxpool", square(3, 2), top_)});
  }

  void inception_a() {
    const std::string name = next();
    const int branch0 = branch(name + ".branch0", {{96, square(1)}}, top_);
    const int branch1 = branch(name + ".branch1", {{64, square(1)}, {96, square(3, 1, 1)}}, top_);
    const int branch2 = branch(name + ".branch2", {{64, square(1)}, {96, square(3, 1, 1)}, {96, square(3, 1, 1)}}, top_);
    join(name, {branch0, branch1, branch2, pooled_branch(name + ".branch3", 96)});
  }

  void inception_b() {
    const std::string name = next();
    const int branch0 = branch(name + ".branch0", {{384, square(1)}}, top_);
    const int branch1 = branch(name + ".branch1", {{192, square(1)}, {224, kRow7}, {256, kColumn7}}, top_);
    const int branch2 =
        branch(name + ".branch2", {{192, square(1)}, {192, kColumn7}, {224, kRow7}, {224, kColumn7}, {256, kRow7}}, top_);
    join(name, {branch0, branch1, branch2, pooled_branch(name + ".branch3", 128)});
  }

  void inception_c() {
    const std::string name = next();
    const int branch0 = branch(name + ".branch0", {{256, square(1)}}, top_);
    int stem = conv(name + ".branch1_0", {384, square(1)}, top_);
    const int row1 = conv(name + ".branch1_1a", {256, kRow3}, stem), column1 = conv(name + ".branch1_1b", {256, kColumn3}, stem);
    const int branch1 = net_.concatenate(name + ".branch1_cat", {row1, column1});
    stem = conv(name + ".branch2_0", {384, square(1)}, top_);
    stem = conv(name + ".branch2_1", {448, kColumn3}, stem);
    stem = conv(name + ".branch2_2", {512, kRow3}, stem);
    const int row2 = conv(name + ".branch2_3a", {256, kRow3}, stem), column2 = conv(name + ".branch2_3b", {256, kColumn3}, stem);
    const int branch2 = net_.concatenate(name + ".branch2_cat", {row2, column2});
    join(name, {branch0, branch1, branch2, pooled_branch(name + ".branch3", 256)});
  }

  void reduction(const std::vector<Conv>& first, const std::vector<Conv>& second) {
    const std::string name = next();
    const int branch0 = branch(name + ".branch0", first, top_);
    const int branch1 = branch(name + ".branch1", second, top_);
    join(name, {branch0, branch1, net_.max_pool(name + ".branch2", square(3, 2), top_)});
  }

  TimedBuilder net_;
  int index_ = 0, top_ = -1;
};

Dnn build(const ModelRow& row, InputShape input) { return Builder(row, input).build(input.classes); }

}  // namespace

std::vector<ModelRow> inception_v4_rows() {
  InputShape standard = kImageNet;
  standard.height = standard.width = 299;
  return {{.name = "inception-v4",
           .title = "Inception-v4",
           .source = "Szegedy et al. 2017, arXiv:1602.07261, figures 3 to 9; tensors as in timm/models/inception_v4.py",
           .help = "Modules of parallel branches, for images of 299 x 299 and 1,000 classes.",
           .trains = false,
           .standard = standard,
           .build = build}};
}

}  // namespace syncline::models
