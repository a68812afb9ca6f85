#include "models/data/fashion_mnist.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/models/data/idx_files.h"

namespace syncline::models {
namespace {

constexpr const char* kTrainImages = "train-images-idx3-ubyte.gz";
constexpr const char* kTrainLabels = "train-labels-idx1-ubyte.gz";
constexpr const char* kTestImages = "t10k-images-idx3-ubyte.gz";
constexpr const char* kTestLabels = "t10k-labels-idx1-ubyte.gz";

FileBytes images(std::uint32_t count, std::uint32_t height, std::uint32_t width) {
  return gzipped(joined(idx_header({count, height, width}), counted(std::size_t{count} * height * width)));
}

FileBytes labels(std::uint32_t count, int classes = 10) { return gzipped(joined(idx_header({count}), counted(count, classes))); }

// Four good files; a test then spoils one.
class FashionMnistFolder : public testing::Test {
 protected:
  FashionMnistFolder() {
    folder_.write(kTrainImages, images(20, 4, 3));
    folder_.write(kTrainLabels, labels(20));
    folder_.write(kTestImages, images(12, 4, 3));
    folder_.write(kTestLabels, labels(12));
  }
  void expect_bad(const std::string& name, const std::string& part) {
    expect_file_error(folder_.path() + "/" + name, part, [&] { load_fashion_mnist(folder_.path()); });
  }
  TemporaryFolder folder_;
};

TEST_F(FashionMnistFolder, IsRead) {
  const Dataset data = load_fashion_mnist(folder_.path());
  EXPECT_EQ(data.train.count, 20);
  EXPECT_EQ(data.test.count, 12);
  EXPECT_EQ(data.height, 4);
  EXPECT_EQ(data.width, 3);
  EXPECT_EQ(data.train.features(), 12);
  EXPECT_EQ(data.train.labels, counted(20, 10));
  EXPECT_EQ(data.train.images[51], (51.0f / 255.0f - 0.2860f) / 0.3530f);
}

TEST_F(FashionMnistFolder, MayBeUnpacked) {
  std::filesystem::remove(folder_.path() + "/" + kTestLabels);
  folder_.write("t10k-labels-idx1-ubyte", joined(idx_header({12}), counted(12, 10)));
  EXPECT_EQ(load_fashion_mnist(folder_.path()).test.labels, counted(12, 10));
}

TEST_F(FashionMnistFolder, AnyOfTheFourMissing) {
  for (const char* name : {kTrainImages, kTrainLabels, kTestImages, kTestLabels}) {
    const std::string file = folder_.path() + "/" + name;
    std::filesystem::rename(file, file + ".away");
    expect_bad(name, "no such file");
    std::filesystem::rename(file + ".away", file);
  }
}

TEST_F(FashionMnistFolder, LabelOutOfRange) {
  folder_.write(kTrainLabels, labels(20, 11));
  expect_bad(kTrainLabels, "label 10 of sample 10 is not below 10");
}

TEST_F(FashionMnistFolder, FewerLabelsThanImages) {
  folder_.write(kTrainLabels, labels(19));
  expect_bad(kTrainLabels, "19 labels for the 20 images of");
}

TEST_F(FashionMnistFolder, MoreTestLabelsThanImages) {
  folder_.write(kTestLabels, labels(20));
  expect_bad(kTestLabels, "20 labels for the 12 images of");
}

TEST_F(FashionMnistFolder, TestImagesOfAnotherSize) {
  folder_.write(kTestImages, images(12, 3, 4));
  expect_bad(kTestImages, "another height or width");
}

TEST_F(FashionMnistFolder, ImagesTooLarge) {
  folder_.write(kTrainImages, images(20, 1, 5000));
  expect_bad(kTrainImages, "more than 4,096 pixels");
}

TEST_F(FashionMnistFolder, LabelsAndImagesSwapped) {
  folder_.write(kTrainImages, labels(20));
  expect_bad(kTrainImages, "not an IDX file of bytes with 3 dimensions");
}

TEST(FashionMnist, MissingFolderNamesThePackage) {
  const TemporaryFolder folder;
  const std::string missing = folder.path() + "/nowhere";
  expect_file_error(missing, "install the package dataset-fashion-mnist", [&] { load_fashion_mnist(missing); });
}

TEST(FashionMnist, ThePublishedFiles) {
  if (!std::filesystem::exists("/usr/share/datasets/fashion-mnist")) GTEST_SKIP() << "dataset-fashion-mnist is not installed";
  const Dataset data = load_fashion_mnist("");
  ASSERT_EQ(data.train.count, 60'000);
  ASSERT_EQ(data.test.count, 10'000);
  EXPECT_EQ(data.train.features(), 28 * 28);
  for (int label = 0; label < 10; ++label) {  // balanced, by its paper
    EXPECT_EQ(std::ranges::count(data.train.labels, label), 6'000);
    EXPECT_EQ(std::ranges::count(data.test.labels, label), 1'000);
  }
  double sum = 0, squares = 0;
  for (const float pixel : data.train.images) {
    sum += pixel;
    squares += double{pixel} * pixel;
  }
  const double n = static_cast<double>(data.train.images.size());
  // Normalised by constants of four digits: half a last digit, 0.00005, over the deviation 0.353 is 0.00014.
  EXPECT_NEAR(sum / n, 0, 0.0002);
  EXPECT_NEAR(squares / n, 1, 0.0006);  // twice that, and the mean's square, on top
}

}  // namespace
}  // namespace syncline::models
