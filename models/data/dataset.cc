#include "models/data/dataset.h"

#include <array>

#include "models/data/fashion_mnist.h"
#include "models/data/synthetic.h"
#include "sim/error.h"

namespace syncline::models {

std::span<const DatasetRow> datasets() {
  static constexpr std::array kRows{
      DatasetRow{
          .name = "fashion-mnist",
          .title = "Fashion-MNIST",
          .source = "Xiao, Rasul, Vollgraf 2017, arXiv:1708.07747; package dataset-fashion-mnist",
          .help = "60,000 + 10,000 grey images of 28 x 28 pixels in 10 classes, from the installed package or from `folder`.",
          .load = [](const DatasetRequest& request) { return load_fashion_mnist(request.folder); },
      },
      DatasetRow{
          .name = "synthetic",
          .title = "Gaussian mixture",
          .source = "made from the seed, see models/data/synthetic.h",
          .help = "One Gaussian per class, of any image shape, with label noise; needs no files.",
          .load = [](const DatasetRequest& request) { return make_synthetic(request.synthetic, request.seed); },
      },
  };
  return kRows;
}

const DatasetRow& dataset(std::string_view name) {
  std::vector<std::string> known;
  for (const DatasetRow& row : datasets()) {
    if (row.name == name) return row;
    known.emplace_back(row.name);
  }
  throw UserError("unknown data set '" + std::string(name) + "'" + suggestion(name, known));
}

}  // namespace syncline::models
