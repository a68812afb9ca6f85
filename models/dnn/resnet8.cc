// ResNet-8 for small images: He et al. 2016 (arXiv:1512.03385), section 4.2 with n = 1, in the pre-activation order of He et al.
// 2016b (arXiv:1603.05027). Batch normalisation would couple the samples of a batch and so the replicas' statistics; SkipInit
// (De and Smith 2020, arXiv:2002.10444, section 3) replaces it by one scalar per branch, alpha, that begins at 0: each block
// begins as the identity, and the weights are drawn by He et al. 2015.
#include "models/dnn/dnn_builder.h"
#include "models/dnn/rows.h"

namespace syncline::models {
namespace {

Dnn build(const ModelRow& row, InputShape input);

constexpr ModelRow kRow{
    .name = "resnet8",
    .title = "ResNet-8, 16-32-64 channels, SkipInit",
    .source = "He et al. 2016, arXiv:1512.03385, section 4.2 (n = 1); De and Smith 2020, arXiv:2002.10444 (SkipInit)",
    .help =
        "Three residual blocks without batch normalisation, global average pooling; any input. 77,421 parameters for "
        "28 x 28 grey pixels and 10 classes.",
    .build = build,
};

// Two 3 x 3 convolutions beside the skip; where stride or channels change, the skip is a 1 x 1 convolution of the activated
// input.
int block(DnnBuilder& net, const std::string& name, int input, int channels, int stride, bool changes_shape) {
  const int active = net.relu(name + ".relu1", input);
  const int skip = changes_shape ? net.conv(name + ".shortcut", channels, 1, stride, 0, active) : input;
  net.conv(name + ".conv1", channels, 3, stride, 1, active);
  net.relu(name + ".relu2");
  const int branch = net.conv(name + ".conv2", channels, 3, 1, 1);
  return net.residual(name, skip, branch);
}

Dnn build(const ModelRow& row, InputShape input) {
  DnnBuilder net(row, input);
  net.initialize_by(Initialization::he_normal);
  int top = net.conv("conv1", 16, 3, 1, 1);
  top = block(net, "block1", top, 16, 1, false);
  top = block(net, "block2", top, 32, 2, true);
  top = block(net, "block3", top, 64, 2, true);
  net.relu("relu");
  net.average_pool("pool");
  net.dense("dense", input.classes);
  return net.take();
}

}  // namespace

ModelRow resnet8_row() { return kRow; }

}  // namespace syncline::models
