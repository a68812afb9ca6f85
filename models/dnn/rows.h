// The rows of the table of networks, one from each network's file.
#pragma once

#include <vector>

#include "models/dnn/dnn.h"

namespace syncline::models {

ModelRow mlp_row();
ModelRow lenet_row();
ModelRow resnet8_row();

// The zoo's families, one file each.
std::vector<ModelRow> resnet_rows();
std::vector<ModelRow> vgg_rows();
std::vector<ModelRow> inception_v4_rows();
std::vector<ModelRow> densenet_rows();
std::vector<ModelRow> vit_rows();
std::vector<ModelRow> bert_rows();
std::vector<ModelRow> gpt2_rows();
std::vector<ModelRow> llama_rows();

}  // namespace syncline::models
