#include "models/data/fashion_mnist.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "models/data/file_error.h"
#include "models/data/idx.h"

namespace syncline::models {
namespace {

constexpr const char* kPackageFolder = "/usr/share/datasets/fashion-mnist";  // as `dpkg -L dataset-fashion-mnist` lists it
constexpr int kClasses = 10;
// Mean and standard deviation of the training pixels in [0, 1], to four digits.
constexpr float kMean = 0.2860f;
constexpr float kDeviation = 0.3530f;

struct Images {
  std::string path;
  IdxBytes idx;  // [sample][y][x]
};

// The published files end in ".gz"; without it they have been unpacked.
std::string locate(const std::string& folder, const std::string& name) {
  const std::filesystem::path packed = std::filesystem::path(folder) / (name + ".gz");
  const std::filesystem::path unpacked = std::filesystem::path(folder) / name;
  std::error_code ignored;
  const bool only_unpacked = !std::filesystem::exists(packed, ignored) && std::filesystem::exists(unpacked, ignored);
  return (only_unpacked ? unpacked : packed).string();
}

Images read_images(const std::string& folder, const std::string& split) {
  Images images{locate(folder, split + "-images-idx3-ubyte"), {}};
  images.idx = read_idx(images.path, 3);
  constexpr std::int64_t kLargest = 1 << 12;  // pixels a side; height * width stays far from overflow
  if (std::max(images.idx.shape[1], images.idx.shape[2]) > kLargest) fail(images.path, "images of more than 4,096 pixels a side");
  return images;
}

std::vector<std::uint8_t> read_labels(const std::string& folder, const std::string& split, const Images& images) {
  const std::string path = locate(folder, split + "-labels-idx1-ubyte");
  IdxBytes labels = read_idx(path, 1);
  const std::int64_t count = labels.shape[0], wanted = images.idx.shape[0];
  if (count != wanted) {
    fail(path, std::to_string(count) + " labels for the " + std::to_string(wanted) + " images of " + images.path);
  }
  const auto wrong = std::ranges::find_if(labels.elements, [](std::uint8_t label) { return label >= kClasses; });
  if (wrong != labels.elements.end()) {
    fail(path, "label " + std::to_string(*wrong) + " of sample " + std::to_string(wrong - labels.elements.begin()) +
                   " is not below " + std::to_string(kClasses));
  }
  return std::move(labels.elements);
}

Split make_split(const Images& images, std::vector<std::uint8_t> labels) {
  std::array<float, 256> value{};  // of each byte
  for (std::size_t byte = 0; byte < value.size(); ++byte) {
    value[byte] = (static_cast<float>(byte) / 255.0f - kMean) / kDeviation;
  }
  Split split{images.idx.shape[0], {}, std::move(labels)};
  split.images.reserve(images.idx.elements.size());
  for (const std::uint8_t byte : images.idx.elements) split.images.push_back(value[byte]);
  return split;
}

}  // namespace

Dataset load_fashion_mnist(const std::string& folder) {
  const std::string place = folder.empty() ? kPackageFolder : folder;
  std::error_code ignored;
  if (!std::filesystem::is_directory(place, ignored)) {
    fail(place, std::string("no such folder of Fashion-MNIST files; install the package dataset-fashion-mnist") +
                    (folder.empty() ? ", or name a folder that has them" : " and leave the folder out"));
  }
  const Images train = read_images(place, "train");
  const Images test = read_images(place, "t10k");
  const int height = static_cast<int>(train.idx.shape[1]), width = static_cast<int>(train.idx.shape[2]);
  if (test.idx.shape[1] != height || test.idx.shape[2] != width) {
    fail(test.path, "images of another height or width than those of " + train.path);
  }
  Dataset data{"fashion-mnist", 1, height, width, kClasses, {}, {}};
  data.train = make_split(train, read_labels(place, "train", train));
  data.test = make_split(test, read_labels(place, "t10k", test));
  return data;
}

}  // namespace syncline::models
