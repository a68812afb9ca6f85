// Jobs at once, as a user meets them: the table, the JSON, what check shows, and what is refused.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "tests/tools/program.h"
#include "tools/jobs_report.h"

namespace syncline::tools {
namespace {

using nlohmann::json;

/// Eight workers in two racks with a thin uplink; a job begins at line 32.
std::string without_jobs() {
  return replaced(replaced(kSmallScenario, "networks = [\"10gbe\"]\n", ""), "workers = 2", "workers = 8") +
         "\n[[network]]\nname = \"thin\"\ntopology = \"racks\"\nuplink_bandwidth = \"1 Gbit/s\"\n"
         "\n[[method]]\nname = \"k-avg\"\nlabel = \"growing\"\nstep_size = \"diminishing\"\n\n";
}

std::string job(const std::string& lines) { return "[[job]]\n" + lines; }

std::string with_two_jobs() {
  return without_jobs() + job("name = \"left\"\nmethod = \"s-sgd\"\nworkers = 4\nplacement = \"spread\"\n") +
         job("name = \"right\"\nmethod = \"s-sgd\"\nworkers = [2, 3, 6, 7]\nbatch = 4\n");
}

std::vector<std::string> run_with_json(std::vector<std::string> more) {
  std::vector<std::string> arguments = {"run", "s.toml", "--quiet", "--json", "out.json"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

TEST(JobsProgram, PrintsATableAndWhoSuffersMost) {
  const Workplace place;
  place.write("s.toml", with_two_jobs());
  const ProgramResult result = place.run({"run", "s.toml", "--quiet"});
  ASSERT_EQ(result.code, 0) << result.err;
  for (const char* part : {"  job       left: 4 workers, spread, mlp by s-sgd, 4 samples per worker and step\n",
                           "  job       right: workers 2, 3, 6, 7, mlp by s-sgd, 4 samples per worker and step\n",
                           " jobs together ", " 0, 1, 4, 5, spread ", " 2, 3, 6, 7, as listed ",
                           "left suffers most: its step takes ", "The busiest link that it shares is rack0>core, which is busy ",
                           "\njobs together: all on the network at once, over at least 20 steps of each"}) {
    EXPECT_NE(result.out.find(part), std::string::npos) << part << " is not in:\n" << result.out;
  }
}

TEST(JobsProgram, WritesAllOfItAsJsonTheSameForAnyThreads) {
  const Workplace place;
  place.write("s.toml", with_two_jobs());
  ASSERT_EQ(place.run(run_with_json({"--threads", "1"})).code, 0);
  const std::string text = place.read("out.json");
  ASSERT_EQ(place.run(run_with_json({"--threads", "3"})).code, 0);
  EXPECT_EQ(text, place.read("out.json"));
  const json report = json::parse(text);
  EXPECT_EQ(report["scenario"]["jobs"][0], (json{{"name", "left"},
                                                 {"method", "s-sgd"},
                                                 {"model", "mlp"},
                                                 {"batch", 4},
                                                 {"start", 0.0},
                                                 {"workers", 4},
                                                 {"placement", "spread"},
                                                 {"compute", report["scenario"]["compute"]}}));
  const json& jobs = report["networks"][0]["jobs"];
  ASSERT_EQ(jobs["results"].size(), 2u);
  for (const json& each : jobs["results"]) {
    EXPECT_EQ(each["slowdown"], each["together"]["iteration"].get<double>() / each["alone"]["iteration"].get<double>());
    EXPECT_GT(each["slowdown"], 1.2);
    EXPECT_LT(each["slowdown"], 2);
    EXPECT_GE(each["steps"], 20);
    EXPECT_GT(each["wire_bytes"], 0);
    for (const char* play : {"alone", "together"}) {
      double total = 0;
      for (const json& part : each[play]["breakdown"]) total += part.get<double>();
      EXPECT_NEAR(total, each[play]["iteration"].get<double>(), 1e-12);
      EXPECT_GE(each[play]["iteration"], each[play]["bound"]);
    }
    EXPECT_EQ(each["suffers_on"], jobs["shared_links"][0]["name"]);
  }
  EXPECT_EQ(jobs["results"][0]["slowdown"], jobs["results"][1]["slowdown"]);
  for (const json& link : jobs["shared_links"]) {
    EXPECT_LE(link["utilisation"], 1);
    EXPECT_NEAR(link["utilisation"].get<double>(), link["parts"]["left"].get<double>() + link["parts"]["right"].get<double>(),
                0.05);
  }
  EXPECT_NE(jobs["advice"].get<std::string>().find("suffers most"), std::string::npos);
}

TEST(JobsProgram, HasNoneWhereThereAreNone) {
  const Workplace place;
  place.write("s.toml", without_jobs());
  ASSERT_EQ(place.run(run_with_json({})).code, 0);
  const json report = json::parse(place.read("out.json"));
  EXPECT_TRUE(report["networks"][0]["jobs"].is_null());
  EXPECT_TRUE(report["scenario"]["jobs"].empty());
  EXPECT_EQ(place.run({"check", "s.toml"}).out.find("job"), std::string::npos);
}

TEST(JobsProgram, CheckShowsThem) {
  const Workplace place;
  place.write("s.toml", with_two_jobs());
  const ProgramResult result = place.run({"check", "s.toml", "--set", "job.left.start=3 ms"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_NE(
      result.out.find("  job       left: 4 workers, spread, mlp by s-sgd, 4 samples per worker and step, from 3.00 ms on\n"),
      std::string::npos)
      << result.out;
}

TEST(JobsReport, WritesWorkersAsRanges) {
  EXPECT_EQ(workers_text({0, 1, 2, 3, 6}), "0 to 3, 6");
  EXPECT_EQ(workers_text({4, 5, 7}), "4, 5, 7");
  EXPECT_EQ(workers_text({3, 2, 1}), "3, 2, 1");
  EXPECT_EQ(workers_text({9}), "9");
}

struct BadJobs {
  std::string name, jobs, expected;
};

void PrintTo(const BadJobs& bad, std::ostream* stream) { *stream << bad.name; }

/// The first job, of the method s-sgd; its keys from line 34 on.
std::string first(const std::string& lines) { return job("method = \"s-sgd\"\n" + lines); }

std::vector<BadJobs> bad_jobs() {
  const std::string listed = first("name = \"a\"\nworkers = [0, 4]\n");
  return {
      {"no_name", first("workers = 1"), "s.toml:32: job[0].name: missing"},
      {"no_workers", first("name = \"a\""),
       "s.toml:32: job[0].workers: missing; it is a whole number from 1 to 4096, or a list of "},
      {"no_method", job("name = \"a\"\nworkers = 1"), "s.toml:32: job[0].method: missing"},
      {"unknown_key", first("worker = 1"), "s.toml:34: job[0].worker: unknown key; did you mean 'workers'?"},
      {"unknown_method", job("name = \"a\"\nworkers = 1\nmethod = \"s-sdg\""),
       "s.toml:35: job[0].method: there is no method labelled 's-sdg'; did you mean 's-sgd'?"},
      {"growing_batch", job("name = \"a\"\nworkers = 1\nmethod = \"growing\""),
       "s.toml:35: job[0].method: the batch of 'growing' grows"},
      {"unknown_model", first("name = \"a\"\nworkers = 1\nmodel = \"lent\""),
       "s.toml:36: job[0].model: 'lent' is none of its values; did you mean 'lenet'?"},
      {"model_for_other_images", first("name = \"a\"\nworkers = 1\nmodel = \"lenet\""), "s.toml:36: job[0].model: "},
      {"text_for_workers", first("name = \"a\"\nworkers = \"two\""),
       "s.toml:35: job[0].workers: must be a whole number from 1 to 4096, or a "},
      {"half_a_worker", first("name = \"a\"\nworkers = 1.5"), "s.toml:35: job[0].workers: must be a whole number, not 1.5"},
      {"zero_workers", first("name = \"a\"\nworkers = 0"), "s.toml:35: job[0].workers: must be from 1 to 4096, not 0"},
      {"empty_list", first("name = \"a\"\nworkers = []"),
       "s.toml:35: job[0].workers: must be a whole number from 1 to 4096, or a list "},
      {"text_in_list", first("name = \"a\"\nworkers = [0,\n\"1\"]"), "s.toml:36: job[0].workers: must be a whole number"},
      {"negative_in_list", first("name = \"a\"\nworkers = [-1]"), "s.toml:35: job[0].workers: must be a whole number"},
      {"twice_in_list", first("name = \"a\"\nworkers = [1, 1]"), "s.toml:35: job[0].workers: 1 is there twice"},
      {"beyond_the_cluster", first("name = \"a\"\nworkers = [7, 8]"),
       "s.toml:35: job[0].workers: there is no worker 8: they are 0 to 7"},
      {"placement_of_a_list", listed + "placement = \"spread\"",
       "s.toml:36: job[0].placement: has no effect: it is read only where `workers` is a number"},
      {"unknown_placement", first("name = \"a\"\nworkers = 2\nplacement = \"spred\""), "did you mean 'spread'?"},
      {"start_without_unit", first("name = \"a\"\nworkers = 2\nstart = 3"),
       "s.toml:36: job[0].start: must be a text with a unit"},
      {"shared_worker", listed + first("name = \"b\"\nworkers = [1, 4]"),
       "s.toml:39: job[1].workers: worker 4 is of both 'a' and 'b': jobs must not share workers"},
      {"too_many_workers", listed + first("name = \"b\"\nworkers = 7"),
       "s.toml:39: job[1].workers: the jobs so far want 9 workers; [training] has 8"},
      {"same_name", listed + first("name = \"a\"\nworkers = 1"), "s.toml:38: job[1].name: a second job named 'a'"},
      {"not_repeated", "[job]\nname = \"a\"", "s.toml:32: job: must be repeated sections: [[job]], with two brackets"},
      {"too_unlike", listed + first("name = \"b\"\nworkers = [1, 5]\nstart = \"10 s\""), "until 20 steps of 'a' are measured"},
  };
}

class BadJobsTest : public testing::TestWithParam<BadJobs> {};

TEST_P(BadJobsTest, AreOneLineByRunAndByCheck) {
  const Workplace place;
  place.write("s.toml", without_jobs() + GetParam().jobs + "\n");
  const ProgramResult result = place.run(run_with_json({}));
  EXPECT_EQ(result.code, 2) << result.err;
  EXPECT_NE(result.err.find(GetParam().expected), std::string::npos) << "no '" << GetParam().expected << "' in: " << result.err;
  EXPECT_EQ(place.run({"check", "s.toml"}).err, result.err);
  EXPECT_EQ(place.files(), std::vector<std::string>{"s.toml"});
}

INSTANTIATE_TEST_SUITE_P(All, BadJobsTest, testing::ValuesIn(bad_jobs()), [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace syncline::tools
