#include "models/dnn/dnn_builder.h"
#include "models/dnn/rows.h"

namespace syncline::models {
namespace {

Dnn build(const ModelRow& row, InputShape input);

constexpr ModelRow kRow{
    .name = "lenet",
    .title = "LeNet-5",
    .source = "LeCun, Bottou, Bengio, Haffner 1998, section II.B; with ReLU, max-pooling and all channels connected",
    .help =
        "Two 5 x 5 convolutions with pooling, three dense layers; inputs of 12 x 12 and above. 61,706 parameters for "
        "28 x 28 grey pixels and 10 classes.",
    .build = build,
};

Dnn build(const ModelRow& row, InputShape input) {
  DnnBuilder net(row, input);
  net.conv("conv1", 6, 5, 1, 2);
  net.relu("relu1");
  net.max_pool("pool1", 2, 2);
  net.conv("conv2", 16, 5, 1, 0);
  net.relu("relu2");
  net.max_pool("pool2", 2, 2);
  net.dense("dense1", 120);
  net.relu("relu3");
  net.dense("dense2", 84);
  net.relu("relu4");
  net.dense("dense3", input.classes);
  return net.take();
}

}  // namespace

ModelRow lenet_row() { return kRow; }

}  // namespace syncline::models
