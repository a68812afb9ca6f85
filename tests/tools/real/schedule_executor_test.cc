// Every schedule of an all-reduce or an all-gather, on real data among ranks that are threads: sums of whole numbers are exact.
#include "tools/real/schedule_executor.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "network/collectives/chunk.h"
#include "tests/tools/real/thread_transport.h"

namespace syncline::tools {
namespace {

using network::CollectiveRow;
using network::Operation;

float number(int rank, std::int64_t i) { return static_cast<float>((i * 37 + rank * 11) % 64); }

class EveryAllReduce : public testing::TestWithParam<const CollectiveRow*> {};
class EveryAllGather : public testing::TestWithParam<const CollectiveRow*> {};

network::Schedule schedule_for(const CollectiveRow& row, int ranks, std::int64_t elements) {
  network::ScheduleRequest request;
  request.ranks = ranks;
  request.elements = elements;
  for (int rank = 0; rank < ranks; ++rank) request.host_of_rank.push_back(rank / 2);
  return row.schedule(request);
}

TEST_P(EveryAllReduce, GivesEveryRankTheSum) {
  const CollectiveRow& row = *GetParam();
  for (const int ranks : {1, 2, 3, 4, 5, 7, 8}) {
    for (const std::int64_t elements : {0, 1, 13, 20011}) {
      on_ranks(ranks, [&](Transport& transport) {
        std::vector<float> buffer;
        for (std::int64_t i = 0; i < elements; ++i) buffer.push_back(number(transport.rank(), i));
        carry_out(transport, schedule_for(row, ranks, elements), Element::number, buffer.data());
        for (std::int64_t i = 0; i < elements; ++i) {
          float sum = 0;
          for (int rank = 0; rank < ranks; ++rank) sum += number(rank, i);
          ASSERT_EQ(buffer[static_cast<std::size_t>(i)], sum)
              << row.name << ", " << ranks << " ranks, element " << i << " of " << elements;
        }
      });
    }
  }
}

TEST_P(EveryAllGather, GivesEveryRankAllParts) {
  const CollectiveRow& row = *GetParam();
  for (const int ranks : {1, 2, 3, 4, 5, 7, 8}) {
    for (const std::int64_t bytes : {1, 3, 40009}) {
      on_ranks(ranks, [&](Transport& transport) {
        const auto wanted = [](int rank, std::int64_t i) { return static_cast<char>(i * 7 + rank * 3); };
        std::vector<char> buffer(static_cast<std::size_t>(bytes * ranks), '?');
        for (std::int64_t i = 0; i < bytes; ++i)
          buffer[static_cast<std::size_t>(transport.rank() * bytes + i)] = wanted(transport.rank(), i);
        carry_out(transport, schedule_for(row, ranks, bytes * ranks), Element::byte, buffer.data());
        for (int rank = 0; rank < ranks; ++rank) {
          for (std::int64_t i = 0; i < bytes; ++i) {
            ASSERT_EQ(buffer[static_cast<std::size_t>(rank * bytes + i)], wanted(rank, i))
                << row.name << ", " << ranks << " ranks";
          }
        }
      });
    }
  }
}

std::vector<const CollectiveRow*> rows_of(Operation operation) {
  std::vector<const CollectiveRow*> result;
  for (const CollectiveRow& row : network::collectives()) {
    if (row.operation == operation) result.push_back(&row);
  }
  return result;
}

std::string name_of_row(const testing::TestParamInfo<const CollectiveRow*>& of) {
  std::string name(of.param->name);
  for (char& letter : name) letter = letter == '-' ? '_' : letter;
  return name;
}

INSTANTIATE_TEST_SUITE_P(Table, EveryAllReduce, testing::ValuesIn(rows_of(Operation::all_reduce)), name_of_row);
INSTANTIATE_TEST_SUITE_P(Table, EveryAllGather, testing::ValuesIn(rows_of(Operation::all_gather)), name_of_row);

}  // namespace
}  // namespace syncline::tools
