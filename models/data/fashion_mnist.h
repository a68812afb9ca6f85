// Fashion-MNIST (Xiao, Rasul, Vollgraf 2017, arXiv:1708.07747): 60,000 training and 10,000 test images of 28 x 28 grey pixels
// in 10 classes. Debian and Ubuntu ship it as the package dataset-fashion-mnist.
#pragma once

#include <string>

#include "models/data/dataset.h"

namespace syncline::models {

/// folder: holds the four files under their published names; "" is where the package puts them. Pixels are scaled to [0, 1],
/// then normalised by the mean and standard deviation of the training set. Files of other sizes in the same format (MNIST,
/// a subset) are read as well: images and labels must agree in number, labels must be below 10, and the test images must
/// have the shape of the training images. UserError naming the file otherwise; where the standard folder is absent, naming the
/// package.
Dataset load_fashion_mnist(const std::string& folder);

}  // namespace syncline::models
