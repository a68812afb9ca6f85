#include "models/data/idx.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/models/data/idx_files.h"

namespace syncline::models {
namespace {

FileBytes good() { return joined(idx_header({2, 3, 4}), counted(24)); }

void expect_bad(const FileBytes& content, const std::string& part) {
  const TemporaryFolder folder;
  const std::string file = folder.write("images.gz", content);
  expect_file_error(file, part, [&] { read_idx(file, 3); });
}

TEST(Idx, ReadsPlainAndPacked) {
  const TemporaryFolder folder;
  for (const FileBytes& content : {good(), gzipped(good())}) {
    const IdxBytes idx = read_idx(folder.write("images", content), 3);
    EXPECT_THAT(idx.shape, testing::ElementsAre(2, 3, 4));
    EXPECT_EQ(idx.elements, counted(24));
  }
}

TEST(Idx, ReadsContentLargerThanOneBlock) {
  const TemporaryFolder folder;
  const FileBytes elements = counted(200'000, 251);
  EXPECT_EQ(read_idx(folder.write("labels", gzipped(joined(idx_header({200'000}), elements))), 1).elements, elements);
}

TEST(Idx, ReadsSeveralGzipMembersAsOne) {
  const TemporaryFolder folder;
  const FileBytes members = joined(gzipped(idx_header({5})), gzipped(counted(5)));
  EXPECT_EQ(read_idx(folder.write("labels", members), 1).elements, counted(5));
}

TEST(IdxDefect, Missing) {
  const TemporaryFolder folder;
  const std::string file = folder.path() + "/nothing.gz";
  expect_file_error(file, "no such file", [&] { read_idx(file, 3); });
}

TEST(IdxDefect, IsAFolder) {
  const TemporaryFolder folder;
  expect_file_error(folder.path(), "not a regular file", [&] { read_idx(folder.path(), 3); });
}

TEST(IdxDefect, Empty) { expect_bad({}, "too short for an IDX file: 0 bytes"); }

TEST(IdxDefect, ShorterThanAMagicNumber) { expect_bad({0, 0, 8}, "too short"); }

TEST(IdxDefect, PackedNothing) { expect_bad(gzipped({}), "too short"); }

TEST(IdxDefect, GzipTruncatedAnywhere) {
  const FileBytes whole = gzipped(good());
  for (std::size_t length = 2; length < whole.size(); ++length) {
    expect_bad(FileBytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)), "truncated");
  }
}

TEST(IdxDefect, GzipCrcWrong) {
  FileBytes content = gzipped(good());
  content[content.size() - 8] ^= 1;  // the last 8 bytes: CRC-32, then the length
  expect_bad(content, "corrupt: incorrect data check");
}

TEST(IdxDefect, GzipLengthWrong) {
  FileBytes content = gzipped(good());
  content.back() ^= 1;
  expect_bad(content, "corrupt: incorrect length check");
}

TEST(IdxDefect, GzipBodyWrong) {
  FileBytes content = gzipped(good());
  content[10] = 0x07;  // the first byte after the header: a block of the reserved type 3
  expect_bad(content, "corrupt: invalid block type");
}

TEST(IdxDefect, GzipMethodWrong) {
  FileBytes content = gzipped(good());
  content[2] = 7;  // RFC 1952: only 8, deflate, is defined
  expect_bad(content, "corrupt: unknown compression method");
}

TEST(IdxDefect, BytesAfterTheGzipData) { expect_bad(joined(gzipped(good()), {1, 2, 3}), "3 bytes follow"); }

TEST(IdxDefect, SecondGzipMemberTruncated) { expect_bad(joined(gzipped(good()), {0x1f, 0x8b, 8}), "truncated"); }

TEST(IdxDefect, MagicNumberWrong) { expect_bad({'P', 'K', 3, 4, 0, 0, 0, 0}, "begins with 0x504b0304, not 0x00000803"); }

TEST(IdxDefect, ElementsOfAnotherType) {
  FileBytes content = good();
  content[2] = 0x0d;  // float
  expect_bad(content, "begins with 0x00000d03");
}

TEST(IdxDefect, LabelsWhereImagesBelong) { expect_bad(joined(idx_header({24}), counted(24)), "bytes with 3 dimensions"); }

TEST(IdxDefect, HeaderCutShort) { expect_bad({0, 0, 8, 3, 0, 0, 0, 2, 0, 0}, "header is cut short"); }

TEST(IdxDefect, DimensionZero) { expect_bad(idx_header({0, 28, 28}), "dimension is 0"); }

TEST(IdxDefect, DimensionsBeyond64Bits) {
  expect_bad(idx_header({0xffffffff, 0xffffffff, 0xffffffff}), "dimensions are too large");
}

TEST(IdxDefect, DimensionsHugeButTheFileSmall) {
  expect_bad(joined(idx_header({0xffffffff, 0xffff, 1}), counted(4)), "promises 281470681677825 elements");
}

TEST(IdxDefect, ElementsMissing) {
  expect_bad(gzipped(joined(idx_header({2, 3, 4}), counted(23))), "promises 24 elements, the file has 23");
}

TEST(IdxDefect, ElementsLeftOver) {
  expect_bad(gzipped(joined(idx_header({2, 3, 4}), counted(25))), "promises 24 elements, the file has 25");
}

}  // namespace
}  // namespace syncline::models
