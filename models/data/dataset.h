#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace syncline::models {

struct Split {
  std::int64_t count = 0;
  std::vector<float> images;         // [sample][feature], feature = (channel, y, x)
  std::vector<std::uint8_t> labels;  // [sample]

  std::int64_t features() const { return count == 0 ? 0 : static_cast<std::int64_t>(images.size()) / count; }
};

struct Dataset {
  std::string name;
  int channels = 0;
  int height = 0;
  int width = 0;
  int classes = 0;
  Split train;
  Split test;
};

/// What the synthetic data set is made of; see synthetic.h.
struct SyntheticSpec {
  int channels = 1;
  int height = 8;
  int width = 8;
  int classes = 10;
  std::int64_t train = 8192;
  std::int64_t test = 2048;
  double separation = 4.0;   // distance scale of the class means, in standard deviations of the noise
  double label_noise = 0.0;  // share of training labels replaced by a uniformly drawn class
};

struct DatasetRequest {
  std::string folder;       // where the files lie; "": the standard place. Not read by data sets without files.
  SyntheticSpec synthetic;  // read by the synthetic one only
  std::uint64_t seed = 0;   // likewise
};

struct DatasetRow {
  std::string_view name;
  std::string_view title;
  std::string_view source;
  std::string_view help;
  Dataset (*load)(const DatasetRequest& request);  // UserError naming the file, or the impossible value
};

std::span<const DatasetRow> datasets();

/// UserError naming the nearest known data set.
const DatasetRow& dataset(std::string_view name);

}  // namespace syncline::models
