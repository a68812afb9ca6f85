// The rows of the table of networks, one from each network's file.
#pragma once

#include "models/dnn/dnn.h"

namespace syncline::models {

ModelRow mlp_row();
ModelRow lenet_row();
ModelRow resnet8_row();

}  // namespace syncline::models
