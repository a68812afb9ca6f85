#include "models/dnn/dnn_builder.h"
#include "models/dnn/rows.h"

namespace syncline::models {
namespace {

Dnn build(const ModelRow& row, InputShape input);

constexpr ModelRow kRow{
    .name = "mlp",
    .title = "Multi-layer perceptron 256-128",
    .source = "LeCun, Bottou, Bengio, Haffner 1998, section III.C.3 (two hidden layers); widths 256 and 128, ReLU",
    .help = "Two hidden dense layers with ReLU; any input. 235,146 parameters for 28 x 28 grey pixels and 10 classes.",
    .build = build,
};

Dnn build(const ModelRow& row, InputShape input) {
  DnnBuilder net(row, input);
  net.dense("dense1", 256);
  net.relu("relu1");
  net.dense("dense2", 128);
  net.relu("relu2");
  net.dense("dense3", input.classes);
  return net.take();
}

}  // namespace

ModelRow mlp_row() { return kRow; }

}  // namespace syncline::models
