// The tables that a run prints hold the numbers of the JSON that it writes, column by column and row by row.
#include "tools/report.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "tests/tools/program.h"
#include "tools/quantities.h"

namespace syncline::tools {
namespace {

using nlohmann::json;

struct Column {
  std::string head;
  json::json_pointer value;  // in an outcome
  std::function<std::string(const json&)> text;
  std::string none;  // where the value is null
};

template <std::string (*kText)(double)>
std::string number(const json& value) {
  return kText(value.get<double>());
}

const std::vector<Column>& columns() {
  const auto name = [](const json& value) { return value.get<std::string>(); };
  const auto count = [](const json& value) { return fmt::format("{}", value.get<std::int64_t>()); };
  const auto epochs = [](const json& value) { return fmt::format("{:.2f}", value.get<double>()); };
  const auto factor = [](const json& value) { return fmt::format("{:.2f}×", value.get<double>()); };
  static const std::vector<Column> all = {
      {"method", "/method"_json_pointer, name, ""},
      {"iteration", "/iteration"_json_pointer, number<seconds_text>, ""},
      {"forward", "/breakdown/forward"_json_pointer, number<seconds_text>, ""},
      {"backward", "/breakdown/backward"_json_pointer, number<seconds_text>, ""},
      {"compress", "/breakdown/compression"_json_pointer, number<seconds_text>, ""},
      {"update", "/breakdown/update"_json_pointer, number<seconds_text>, ""},
      {"exposed", "/breakdown/exposed"_json_pointer, number<seconds_text>, ""},
      {"idle", "/breakdown/idle"_json_pointer, number<seconds_text>, ""},
      {"bound ≥", "/bound"_json_pointer, number<seconds_text>, ""},
      {"sent/step", "/wire_bytes"_json_pointer, number<bytes_text>, ""},
      {"steps", "/steps_to_target"_json_pointer, count, "-"},
      {"epochs", "/epochs_to_target"_json_pointer, epochs, "-"},
      {"time to target", "/seconds_to_target"_json_pointer, number<seconds_text>, "never"},
      {"accuracy", "/final_accuracy"_json_pointer, number<percent_text>, ""},
      {"speed-up", "/speedup"_json_pointer, factor, "-"},
  };
  return all;
}

struct PrintedRow {
  std::vector<std::string> cells;
  bool marked = false;
};

/// The printed tables: [table][row], heads first.
std::vector<std::vector<PrintedRow>> tables_in(const std::string& text) {
  std::vector<std::vector<PrintedRow>> tables;
  std::istringstream lines(text);
  const std::string bar = "│", mark = "▶";
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("┌")) tables.emplace_back();
    if (!line.starts_with(bar) && !line.starts_with(mark)) continue;
    PrintedRow row;
    row.marked = line.starts_with(mark);
    for (std::size_t begin = row.marked ? mark.size() : bar.size();;) {
      const std::size_t end = line.find(bar, begin);
      if (end == std::string::npos) break;
      const std::string cell = line.substr(begin, end - begin);
      const std::size_t first = cell.find_first_not_of(' ');
      row.cells.push_back(first == std::string::npos ? "" : cell.substr(first, cell.find_last_not_of(' ') - first + 1));
      begin = end + bar.size();
    }
    tables.back().push_back(row);
  }
  return tables;
}

struct Reported {
  json report;
  std::vector<std::vector<PrintedRow>> tables;
};

/// Two networks, the second with a slow worker, and three methods, of which the last learns nothing: it never gets to the target.
Reported run_three_methods(double target) {
  const Workplace place;
  place.write("s.toml", kSmallScenario +
                            "\n[[method]]\nname = \"power-sgd\"\nlearning_rate = 1e-9\n"
                            "\n[[network]]\nname = \"slow\"\nbase = \"1gbe\"\n[[network.worker]]\nindex = 1\nspeed = 0.5\n");
  const ProgramResult result = place.run({"run", "s.toml", "--quiet", "--json", "out.json", "--set", "training.epochs=3", "--set",
                                          "training.target_accuracy=" + fmt::format("{}", target)});
  EXPECT_EQ(result.code, 0) << result.err;
  return {json::parse(place.read("out.json")), tables_in(result.out)};
}

void expect_the_same_numbers(const Reported& reported) {
  const json& networks = reported.report["networks"];
  ASSERT_EQ(reported.tables.size(), networks.size());
  for (std::size_t n = 0; n < networks.size(); ++n) {
    const std::vector<PrintedRow>& table = reported.tables[n];
    const json& outcomes = networks[n]["outcomes"];
    ASSERT_EQ(table.size(), outcomes.size() + 1);
    for (std::size_t m = 0; m < outcomes.size(); ++m) {
      const PrintedRow& row = table[m + 1];
      ASSERT_EQ(row.cells.size(), columns().size());
      for (std::size_t c = 0; c < columns().size(); ++c) {
        const Column& column = columns()[c];
        const json& value = outcomes[m].at(column.value);
        EXPECT_EQ(row.cells[c], value.is_null() ? column.none : column.text(value))
            << column.head << " of " << outcomes[m]["method"] << " on " << networks[n]["name"];
      }
      EXPECT_EQ(row.marked, networks[n]["best"] == outcomes[m]["method"]) << outcomes[m]["method"];
    }
  }
}

TEST(Report, EachTableHasEveryColumn) {
  const Reported reported = run_three_methods(0.5);
  ASSERT_EQ(reported.tables.size(), 2u);
  for (const std::vector<PrintedRow>& table : reported.tables) {
    ASSERT_FALSE(table.empty());
    std::vector<std::string> heads;
    for (const Column& column : columns()) heads.push_back(column.head);
    EXPECT_EQ(table[0].cells, heads);
  }
}

TEST(Report, TheTablesNumbersAreThoseOfTheJson) {
  const Reported reported = run_three_methods(0.5);
  const json& outcomes = reported.report["networks"][0]["outcomes"];
  ASSERT_TRUE(outcomes[0]["speedup"].is_number()) << "the baseline does not get to the target: the test sees too little";
  ASSERT_TRUE(outcomes[2]["speedup"].is_null()) << "every method gets to the target: the test sees too little";
  expect_the_same_numbers(reported);
}

TEST(Report, TheTablesNumbersAreThoseOfTheJsonWhereNothingReachesTheTarget) {
  const Reported reported = run_three_methods(1);
  ASSERT_TRUE(reported.report["networks"][0]["best"].is_null());
  expect_the_same_numbers(reported);
}

// A group of 0 is all workers.
TEST(Report, SaysHowManyWorkersTookTurns) {
  std::vector<models::Trajectory> trajectories(3);
  EXPECT_EQ(groups_text(trajectories, 32), "");
  trajectories[1].workers_at_once = 16;
  trajectories[2].workers_at_once = 8;
  EXPECT_EQ(groups_text(trajectories, 32), "  memory    of the device has room for 8 of 32 workers at a time: they took turns\n");
}

}  // namespace
}  // namespace syncline::tools
