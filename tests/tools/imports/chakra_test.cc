// Chakra's traces: a file written by tools/dev/write_chakra_trace.py (see there: it is no recording), and small ones in its wire
// format, right and wrong.
#include "tools/imports/chakra.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/error.h"
#include "tests/read_file.h"
#include "tests/temporary_folder.h"

namespace syncline::tools {
namespace {

using testing::HasSubstr;

const std::string kFile = std::string(SYNCLINE_SOURCE_DIR) + "/tests/data/chakra_small_step.et";

// --- The wire format of Protocol Buffers, as far as it is needed ------------------------------------------------------
std::string varint(std::uint64_t value) {
  std::string out;
  for (; value > 0x7f; value >>= 7) out += static_cast<char>((value & 0x7f) | 0x80);
  return out + static_cast<char>(value);
}
std::string number(int field, std::uint64_t value) { return varint(static_cast<std::uint64_t>(field) << 3) + varint(value); }
std::string text(int field, const std::string& value) {
  return varint((static_cast<std::uint64_t>(field) << 3) | 2) + varint(value.size()) + value;
}
std::string message(const std::string& bytes) { return varint(bytes.size()) + bytes; }

std::string int64(const std::string& name, std::int64_t value) {
  return text(10, text(1, name) + number(9, static_cast<std::uint64_t>(value)));
}
std::string node(std::uint64_t id, int type, const std::vector<std::uint64_t>& after, const std::string& more = "") {
  std::string bytes = number(1, id) + text(2, "n" + std::to_string(id)) + number(3, static_cast<std::uint64_t>(type));
  for (const std::uint64_t before : after) bytes += number(5, before);
  return message(bytes + more);
}
std::string compute(std::uint64_t id, const std::vector<std::uint64_t>& after, std::uint64_t micros = 100) {
  return node(id, 4, after, number(7, micros));
}
std::string all_reduce(std::uint64_t id, const std::vector<std::uint64_t>& after, std::int64_t bytes = 400) {
  return node(id, 7, after, int64("comm_type", 0) + int64("comm_size", bytes));
}
const std::string kHead = message(text(1, "0.0.4"));

models::LayerProfile import(const std::string& bytes, const models::DeviceProfile* device = nullptr) {
  const TemporaryFolder folder;
  const std::string file = folder.write("t.et", bytes);
  return import_chakra(read_chakra(file), device, "t.et");
}

TEST(Chakra, AFilesNodesAreReadInAnOrderInWhichEachWaitsForEarlierOnes) {
  const ChakraTrace trace = read_chakra(kFile);
  EXPECT_EQ(trace.version, "0.0.4");
  ASSERT_EQ(trace.nodes.size(), 11u);
  for (std::size_t i = 0; i < trace.nodes.size(); ++i) {
    EXPECT_EQ(trace.nodes[i].id, i + 1);
    for (const std::size_t before : trace.nodes[i].after) EXPECT_LT(before, i);
  }
  EXPECT_TRUE(trace.nodes[1].on_cpu);
  EXPECT_EQ(trace.nodes[1].name, "aten::linear");
  EXPECT_EQ(trace.nodes[3].microseconds, 2000);
  EXPECT_EQ(trace.nodes[3].operations, 2e6);
  EXPECT_EQ(trace.nodes[3].tensor_bytes, 4096);
  EXPECT_EQ(trace.nodes[2].after, std::vector<std::size_t>{1});  // by control
  EXPECT_EQ(trace.nodes[8].after, (std::vector<std::size_t>{6, 7}));
  EXPECT_EQ(trace.nodes[8].collective, static_cast<int>(ChakraCollective::all_reduce));
  EXPECT_EQ(trace.nodes[8].bytes, 8'000'000);
}

TEST(Chakra, AStepBecomesLayersThatEndInTheirCollectives) {
  const models::LayerProfile profile = import_chakra(read_chakra(kFile), nullptr, kFile);
  ASSERT_EQ(profile.layers.size(), 2u);
  const models::MeasuredLayer &first = profile.layers[0], &second = profile.layers[1];
  EXPECT_EQ(first.name, "fc1_grad_all_reduce");
  EXPECT_EQ(first.forward, Time::zero());
  EXPECT_EQ(first.backward, Time::milliseconds(3));
  EXPECT_EQ(first.parameters, (std::vector<std::vector<std::int64_t>>{{2'000'000}}));
  EXPECT_EQ(second.forward, Time::microseconds(3500));  // not the operator on the CPU that launched the first of them
  EXPECT_EQ(second.backward, Time::milliseconds(4));
  EXPECT_EQ(second.parameters, (std::vector<std::vector<std::int64_t>>{{1'000'000}}));
  EXPECT_EQ(profile.update, Time::microseconds(900));
}

TEST(Chakra, WhereAllIsOnTheCpuItsTimesCount) {
  const std::string cpu = text(10, text(1, "is_cpu_op") + number(27, 1));
  const models::LayerProfile profile = import(kHead + node(1, 4, {}, number(7, 30) + cpu) + node(2, 4, {1}, number(7, 50) + cpu) +
                                              all_reduce(3, {2}) + node(4, 4, {1}, number(7, 5) + cpu));
  ASSERT_EQ(profile.layers.size(), 1u);
  EXPECT_EQ(profile.layers[0].forward, Time::microseconds(30));
  EXPECT_EQ(profile.layers[0].backward, Time::microseconds(55));  // what comes last and waits for nothing is in it
}

TEST(Chakra, NodesWithoutADurationTakeWhatTheRooflineSays) {
  models::DeviceProfile device;
  device.flops_per_second = 1e12;
  device.memory = Bandwidth::bytes_per_second(1e9);
  device.launch = Time::microseconds(1);
  const std::string bytes = kHead + node(1, 4, {}, int64("num_ops", 1'000'000'000) + int64("tensor_size", 1000)) +
                            node(2, 4, {1}, int64("tensor_size", 3000)) + all_reduce(3, {2});
  const models::LayerProfile profile = import(bytes, &device);
  EXPECT_EQ(profile.layers.at(0).forward, Time::microseconds(1001));
  EXPECT_EQ(profile.layers.at(0).backward, Time::microseconds(4));
  EXPECT_THROW(import(bytes), UserError);
}

std::string complaint(const std::string& bytes) {
  try {
    import(bytes);
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

TEST(Chakra, WhatIsNotDataParallelIsRefused) {
  EXPECT_EQ(complaint(kHead + compute(1, {})), "t.et: has no collective: there is nothing to play on a network");
  EXPECT_EQ(complaint(kHead + compute(1, {}) + node(2, 5, {1})),
            "t.et: node 2: n2: a message from rank to rank: only data-parallel steps can be imported");
  EXPECT_EQ(complaint(kHead + compute(1, {}) + node(2, 7, {1}, int64("comm_type", 6) + int64("comm_size", 8))),
            "t.et: node 2: n2: ALL_TO_ALL: only the ALL_REDUCE of gradients can be imported");
  EXPECT_EQ(complaint(kHead + all_reduce(1, {}) + compute(2, {1}) + all_reduce(3, {2})),
            "t.et: node 3: n3: waits for what is computed from another collective's result");
  EXPECT_EQ(complaint(kHead + compute(1, {}, 1'000'000'000'000) + all_reduce(2, {1})), "t.et: is a step of more than 10^6 s");
  EXPECT_EQ(complaint(kHead + all_reduce(1, {}, 3)), "t.et: node 1: n1: comm_size is less than one number's 4 bytes");
}

TEST(Chakra, WrongNodesAreRefused) {
  EXPECT_THAT(complaint(""), HasSubstr("is empty"));
  EXPECT_THAT(complaint(kHead), HasSubstr("has no nodes"));
  EXPECT_THAT(complaint(kHead + compute(1, {}) + compute(1, {})), HasSubstr("node 1: is there twice"));
  EXPECT_THAT(complaint(kHead + compute(1, {5})), HasSubstr("node 1: waits for node 5, which is not there"));
  EXPECT_THAT(complaint(kHead + compute(1, {2}) + compute(2, {1})), HasSubstr("waits for itself, by way of others"));
  EXPECT_THAT(complaint(kHead + compute(1, {1})), HasSubstr("node 1: waits for itself, by way of others"));
  EXPECT_THAT(complaint(kHead + node(1, 0, {})), HasSubstr("node 1: there is no type 0 of nodes"));
  EXPECT_THAT(complaint(kHead + node(1, 77, {})), HasSubstr("node 1: there is no type 77 of nodes"));
  EXPECT_THAT(complaint(kHead + all_reduce(1, {}, -5)), HasSubstr("node 1: comm_size is negative or too great"));
  EXPECT_THAT(complaint(kHead + compute(1, {}, ~std::uint64_t{0})),
              HasSubstr("node 1: duration_micros is negative or too great"));
  EXPECT_THAT(complaint(kHead + node(1, 7, {}, int64("comm_type", 10))),
              HasSubstr("comm_type must be a whole number from 0 to 9"));
  EXPECT_THAT(complaint(kHead + node(1, 7, {})), HasSubstr("comm_type must be a whole number from 0 to 9"));
  EXPECT_THAT(complaint(kHead + node(1, 7, {}, text(10, text(1, "comm_type") + text(29, "ALL_REDUCE")))),
              HasSubstr("comm_type must be a number"));
}

// Wherever a file is cut, it is either refused, or ends behind a whole message: then what is left refers to nodes that are gone, or
// is a shorter trace.
TEST(Chakra, AFileThatIsCutOffIsRefusedOrShorter) {
  const std::string whole = read_file(kFile);
  ASSERT_GT(whole.size(), 1000u);
  int refused = 0;
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const TemporaryFolder folder;
    try {
      EXPECT_LT(read_chakra(folder.write("t.et", whole.substr(0, length))).nodes.size(), 11u);
    } catch (const UserError&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, static_cast<int>(whole.size()) - 13);  // at most one for each of the twelve messages is not
}

// No byte that is changed does worse than give another trace or an error.
TEST(Chakra, ChangedBytesDoNoHarm) {
  const std::string whole = read_file(kFile);
  const TemporaryFolder folder;
  for (std::size_t place = 0; place < whole.size(); ++place) {
    for (const int mask : {0x01, 0x80, 0xff}) {
      std::string changed = whole;
      changed[place] = static_cast<char>(static_cast<unsigned char>(changed[place]) ^ mask);
      try {
        import_chakra(read_chakra(folder.write("t.et", changed)), nullptr, "t.et");
      } catch (const UserError&) {
      }
    }
  }
}

}  // namespace
}  // namespace syncline::tools
