// Every row of the table: its schedule is executed on data, and its steps and bytes are held to its formulas.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>

#include "network/collectives/chunk.h"
#include "network/collectives/rows.h"
#include "network/collectives/schedule.h"
#include "sim/error.h"
#include "sim/random.h"
#include "tests/network/collectives/execute.h"
#include "tests/network/roles.h"
#include "tests/network/ways.h"
#include "tests/seeds.h"

namespace syncline::network {
namespace {

const std::vector<std::int64_t> kLengths = {0, 1, 2, 7, 13, 31, 97};

/// Rank r's element i: small whole numbers, whose sums are exact in any order.
double value(int rank, std::int64_t i) { return static_cast<double>((rank + 1) * 31 + i % 101); }

double sum(int ranks, std::int64_t i) {
  double result = 0;
  for (int rank = 0; rank < ranks; ++rank) result += value(rank, i);
  return result;
}

ScheduleRequest request_for(int ranks, std::int64_t elements, const Roles& roles, int per_host = 1) {
  ScheduleRequest request{ranks, elements, roles, {}};
  for (int rank = 0; rank < ranks; ++rank) request.host_of_rank.push_back(rank / per_host);
  return request;
}

std::vector<ScheduleRequest> requests(const CollectiveRow& row) {
  std::vector<ScheduleRequest> result;
  for (int ranks = 1; ranks <= 17; ++ranks) {
    for (const std::int64_t elements : kLengths) {
      for (const Roles& roles : roles_to_try(row, ranks)) result.push_back(request_for(ranks, elements, roles));
      for (const int per_host : {2, 4, 17}) result.push_back(request_for(ranks, elements, {}, per_host));
    }
  }
  ScheduleRequest mixed{7, 97, {3, 3}, {4, 0, 4, 4, 9, 0, 4}};  // machines of 4, 2 and 1 ranks, out of order
  result.push_back(mixed);
  return result;
}

std::string text(const CollectiveRow& row, const ScheduleRequest& request) {
  return std::string(row.name) + ", " + std::to_string(request.ranks) + " ranks, " + std::to_string(request.elements) +
         " elements, root " + std::to_string(request.roles.root) + ", " + std::to_string(request.roles.servers) + " servers";
}

bool in_own_chunk(const ScheduleRequest& request, int rank, std::int64_t i) {
  const Chunk own(request.elements, request.ranks, rank);
  return i >= own.begin && i < own.begin + own.count;
}

/// Of a push-pull: one unless given, and none where there is one rank.
int workers_of(const ScheduleRequest& request) {
  return request.ranks == 1 ? 1 : request.ranks - std::max(1, request.roles.servers);
}
bool is_server(const ScheduleRequest& request, int rank) { return rank >= workers_of(request); }

/// Whether the operation says what rank's element i is at the start.
bool is_given(Operation operation, const ScheduleRequest& request, int rank, std::int64_t i) {
  switch (operation) {
    case Operation::all_gather:
    case Operation::gather:
      return in_own_chunk(request, rank, i);
    case Operation::broadcast:
    case Operation::scatter:
      return rank == request.roles.root;
    default:
      return true;
  }
}

/// What each rank starts with; -1 where the operation does not say, and behind the vector.
Vectors inputs(Operation operation, const ScheduleRequest& request, std::int64_t buffer) {
  Vectors data(static_cast<std::size_t>(request.ranks), std::vector<double>(static_cast<std::size_t>(buffer), -1));
  for (int rank = 0; rank < request.ranks; ++rank) {
    for (std::int64_t i = 0; i < request.elements; ++i) {
      double& element = data[static_cast<std::size_t>(rank)][static_cast<std::size_t>(i)];
      if (is_given(operation, request, rank, i)) element = value(rank, i);
      if (operation == Operation::push_pull && is_server(request, rank)) element = 0;
    }
  }
  return data;
}

int owner_of(const ScheduleRequest& request, std::int64_t i) {
  int owner = 0;
  while (!in_own_chunk(request, owner, i)) ++owner;
  return owner;
}

/// What rank's element i must be at the end; nothing where the operation does not say.
std::optional<double> result(Operation operation, const ScheduleRequest& request, int rank, std::int64_t i) {
  const bool at_root = rank == request.roles.root;
  switch (operation) {
    case Operation::all_reduce:
      return sum(request.ranks, i);
    case Operation::reduce_scatter:
      return in_own_chunk(request, rank, i) ? std::optional(sum(request.ranks, i)) : std::nullopt;
    case Operation::reduce:
      return at_root ? std::optional(sum(request.ranks, i)) : std::nullopt;
    case Operation::all_gather:
      return value(owner_of(request, i), i);
    case Operation::gather:
      return at_root ? std::optional(value(owner_of(request, i), i)) : std::nullopt;
    case Operation::broadcast:
      return value(request.roles.root, i);
    case Operation::scatter:
      return in_own_chunk(request, rank, i) ? std::optional(value(request.roles.root, i)) : std::nullopt;
    case Operation::all_to_all:
      return value(rank, i);  // its own vector stays
    case Operation::push_pull:
      if (is_server(request, rank)) return std::nullopt;
      return sum(workers_of(request), i);
  }
  return std::nullopt;
}

void expect_all_to_all(const ScheduleRequest& request, const Vectors& data) {
  for (int rank = 0; rank < request.ranks; ++rank) {
    const Chunk chunk(request.elements, request.ranks, rank);
    for (int from = 0; from < request.ranks; ++from) {
      if (from == rank) continue;
      const std::int64_t place = all_to_all_place(request.elements, request.ranks, from, rank);
      for (std::int64_t i = 0; i < chunk.count; ++i) {
        ASSERT_EQ(data[static_cast<std::size_t>(rank)][static_cast<std::size_t>(place + i)], value(from, chunk.begin + i))
            << "rank " << rank << ", element " << i << " from " << from;
      }
    }
  }
}

void expect_result(Operation operation, const ScheduleRequest& request, const Vectors& data) {
  for (int rank = 0; rank < request.ranks; ++rank) {
    for (std::int64_t i = 0; i < request.elements; ++i) {
      const std::optional<double> expected = result(operation, request, rank, i);
      if (!expected) continue;
      ASSERT_EQ(data[static_cast<std::size_t>(rank)][static_cast<std::size_t>(i)], *expected)
          << "rank " << rank << ", element " << i;
    }
  }
  if (operation == Operation::all_to_all) expect_all_to_all(request, data);
}

std::string words(const Schedule& schedule) {
  std::string result;
  Moves moves;
  for (int actor = 0; actor < schedule.actors(); ++actor) {
    for (int step = 0; step < schedule.steps; ++step) {
      schedule.moves(actor, step, moves);
      for (const Piece& piece : moves.sends) {
        result += std::to_string(actor) + ">" + std::to_string(piece.peer) + "@" + std::to_string(piece.begin) + "+" +
                  std::to_string(piece.count) + " ";
      }
      result += "\n";
    }
  }
  return result;
}

class EveryCollective : public testing::TestWithParam<CollectiveRow> {};

TEST_P(EveryCollective, ComputesItsResultInAnyAllowedOrder) {
  constexpr std::uint64_t kSeed = 4;
  RecordProperty("seed", static_cast<int>(kSeed));
  sim::RandomStream random(kSeed, "schedules");
  for (const ScheduleRequest& request : requests(GetParam())) {
    SCOPED_TRACE(text(GetParam(), request) + ", seed " + std::to_string(kSeed));
    const Schedule schedule = GetParam().schedule(request);
    ASSERT_EQ(schedule.ranks, request.ranks);
    ASSERT_GE(schedule.elements, request.elements);
    Vectors data = inputs(GetParam().operation, request, schedule.elements);
    execute(schedule, random, data);
    expect_result(GetParam().operation, request, data);
    if (HasFatalFailure()) return;
  }
}

TEST_P(EveryCollective, SendsWhatItsFormulaSays) {
  for (const ScheduleRequest& request : requests(GetParam())) {
    const std::vector<std::int64_t> sent = elements_sent(GetParam().schedule(request));
    ASSERT_EQ(*std::max_element(sent.begin(), sent.end()), GetParam().wire_elements(request)) << text(GetParam(), request);
  }
}

// What has a root has another schedule for another one, and what has none has not; so with servers.
TEST_P(EveryCollective, ChangesByItsRoleAlone) {
  const auto schedule = [&](const Roles& roles) { return words(GetParam().schedule(request_for(6, 97, roles))); };
  EXPECT_EQ(schedule({3, 0}) != schedule({}), GetParam().role == Role::root);
  EXPECT_EQ(schedule({0, 2}) != schedule({}), GetParam().role == Role::servers);
}

bool machines_are_equal(const ScheduleRequest& request) {
  std::map<int, int> ranks_of_host;
  for (const int host : request.host_of_rank) ++ranks_of_host[host];
  return std::all_of(ranks_of_host.begin(), ranks_of_host.end(),
                     [&](auto each) { return each.second == ranks_of_host.begin()->second; });
}

// The formula with a latency of 1 s, and no time for bytes, counts the steps; where machines differ, it may count fewer.
TEST_P(EveryCollective, TakesAsManyStepsAsItsFormulaSays) {
  for (const ScheduleRequest& request : requests(GetParam())) {
    const int steps = longest_chain(GetParam().schedule(request));
    const double formula = GetParam().closed_form_seconds(request, 1, 1e300);
    if (GetParam().name != "hierarchical-all-reduce" || machines_are_equal(request)) {
      ASSERT_DOUBLE_EQ(steps, formula) << text(GetParam(), request);
    } else {
      ASSERT_GE(steps, formula) << text(GetParam(), request);
    }
  }
}

/// [peer, after turning] elements
std::map<int, std::int64_t> turned(const std::vector<Piece>& pieces, const Schedule& schedule, int by) {
  std::map<int, std::int64_t> result;
  for (const Piece& piece : pieces) {
    const int lane = piece.peer / schedule.ranks, rank = schedule.rank_of(piece.peer);
    result[lane * schedule.ranks + (rank + by) % schedule.ranks] += piece.count;
  }
  return result;
}

TEST_P(EveryCollective, TurnsIntoItselfByItsPeriod) {
  for (const ScheduleRequest& request : requests(GetParam())) {
    const Schedule schedule = GetParam().schedule(request);
    if (schedule.period == 0) continue;
    ASSERT_EQ(schedule.ranks % schedule.period, 0) << text(GetParam(), request);
    Moves first, second;
    for (int actor = 0; actor < schedule.actors(); ++actor) {
      if (schedule.rank_of(actor) + schedule.period >= schedule.ranks) continue;
      for (int step = 0; step < schedule.steps; ++step) {
        schedule.moves(actor, step, first);
        schedule.moves(actor + schedule.period, step, second);
        ASSERT_EQ(turned(first.sends, schedule, schedule.period), turned(second.sends, schedule, 0));
        ASSERT_EQ(turned(first.receives, schedule, schedule.period), turned(second.receives, schedule, 0));
      }
    }
  }
}

TEST_P(EveryCollective, DoesTheSameAtStepsThatAreAlike) {
  for (const ScheduleRequest& request : requests(GetParam())) {
    const Schedule schedule = GetParam().schedule(request);
    Moves first, second;
    for (const Schedule::Run& run : schedule.alike) {
      ASSERT_GE(run.begin, 0);
      ASSERT_LE(run.end, schedule.steps);
      for (int actor = 0; actor < schedule.actors(); ++actor) {
        for (int step = run.begin + 1; step < run.end; ++step) {
          schedule.moves(actor, run.begin, first);
          schedule.moves(actor, step, second);
          ASSERT_EQ(turned(first.sends, schedule, 0), turned(second.sends, schedule, 0)) << text(GetParam(), request);
          ASSERT_EQ(turned(first.receives, schedule, 0), turned(second.receives, schedule, 0)) << text(GetParam(), request);
        }
      }
    }
  }
}

TEST_P(EveryCollective, SaysWhatItIs) {
  for (const std::string_view words :
       {GetParam().name, GetParam().title, GetParam().formula, GetParam().bytes_formula, GetParam().source, GetParam().help}) {
    EXPECT_FALSE(words.empty());
  }
  EXPECT_EQ(&collective(GetParam().name), &collective(std::string(GetParam().name)));
  EXPECT_FALSE(algorithm_of(GetParam()).empty());
}

INSTANTIATE_TEST_SUITE_P(Table, EveryCollective, testing::ValuesIn(collectives().begin(), collectives().end()),
                         [](const auto& row) {
                           std::string name(row.param.name);
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(Collectives, AnUnknownNameGetsASuggestion) {
  try {
    collective("ring-all-reduse");
    FAIL();
  } catch (const UserError& error) {
    EXPECT_STREQ(error.what(), "no collective 'ring-all-reduse'; did you mean 'ring-all-reduce'?");
  }
}

TEST(Collectives, RefuseRootsAndServersThatAreNotThere) {
  const auto complaint = [](const char* name, int ranks, const Roles& roles) {
    return error_of([&] { check_roles(collective(name), ranks, roles); });
  };
  EXPECT_EQ(complaint("broadcast", 4, {3, 0}), "no error");
  EXPECT_EQ(complaint("broadcast", 4, {4, 0}), "there is no rank 4 to be the root of broadcast: ranks are 0 to 3");
  EXPECT_EQ(complaint("broadcast", 4, {-1, 0}), "there is no rank -1 to be the root of broadcast: ranks are 0 to 3");
  EXPECT_EQ(complaint("ring-all-reduce", 4, {4, 9}), "no error") << "has neither";
  EXPECT_EQ(complaint("parameter-server", 4, {0, 4}), "no error");
  EXPECT_EQ(complaint("parameter-server", 4, {0, 5}), "parameter-server among 4 ranks can have 4 servers at most, not 5");
  EXPECT_EQ(complaint("parameter-server-apart", 4, {0, 3}), "no error");
  EXPECT_EQ(complaint("parameter-server-apart", 4, {0, 4}),
            "parameter-server-apart among 4 ranks can have 3 servers at most, not 4");
}

// Four ranks, two servers, 8 elements: servers are ranks 0 and 2, with shards of 4. A server pushes the other's shard, and hands
// its own to three: 4 + 12; a worker pushes all 8.
TEST(Collectives, ServersAmongWorkersByHand) {
  EXPECT_THAT(elements_sent(collective("parameter-server").schedule(request_for(4, 8, {0, 2}))),
              testing::ElementsAre(16, 8, 16, 8));
}

TEST(Chunk, CutsEverythingOnce) {
  for (const std::int64_t elements : kLengths) {
    for (int parts = 1; parts <= 17; ++parts) {
      std::int64_t next = 0;
      for (int i = 0; i < parts; ++i) {
        const Chunk chunk(elements, parts, i);
        EXPECT_EQ(chunk.begin, next);
        next += chunk.count;
      }
      EXPECT_EQ(next, elements);
    }
  }
}

// Servers apart have buffers of their own, empty at first: as ranks behind the ranks they must leave the sum with each rank.
TEST(Collectives, ServersApartLeaveTheSumWithTheRanks) {
  for (const std::uint64_t seed : seeds(1)) {
    SCOPED_TRACE(seed);
    sim::RandomStream random(seed, "servers apart");
    for (const int machines : {1, 2, 3, 4}) {
      for (const int per_host : {1, 2, 3}) {
        for (const std::int64_t elements : {0, 1, 7, 97}) {
          const int ranks = machines * per_host;
          ScheduleRequest wanted = request_for(ranks, elements, {}, per_host);
          wanted.servers_apart = machines;
          const Schedule schedule = kHierarchicalParameterServer.schedule(wanted);
          if (machines == 1) {
            EXPECT_EQ(schedule.lanes, 1);  // nobody pushes to himself
            continue;
          }
          Schedule flat{ranks + machines, elements, schedule.steps, schedule.describe};
          Vectors data(static_cast<std::size_t>(ranks + machines), std::vector<double>(static_cast<std::size_t>(elements), 0));
          for (int rank = 0; rank < ranks; ++rank) {
            for (std::int64_t i = 0; i < elements; ++i)
              data[static_cast<std::size_t>(rank)][static_cast<std::size_t>(i)] = value(rank, i);
          }
          execute(flat, random, data);
          std::vector<std::int64_t> sent = elements_sent(flat);
          sent.resize(static_cast<std::size_t>(ranks));
          EXPECT_EQ(std::ranges::max(sent), kHierarchicalParameterServer.wire_elements(wanted))
              << text(kHierarchicalParameterServer, wanted);
          for (int rank = 0; rank < ranks; ++rank) {
            for (std::int64_t i = 0; i < elements; ++i) {
              ASSERT_EQ(data[static_cast<std::size_t>(rank)][static_cast<std::size_t>(i)], sum(ranks, i));
            }
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace syncline::network
