// The program under mpirun: what it prints and writes, and how it ends where ranks disagree, die or hang. Slow, so that the
// sanitizers leave it out: MPI libraries leak.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/wait.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "tests/tools/program.h"

namespace syncline::tools {
namespace {

using testing::AllOf;
using testing::HasSubstr;

const std::string kScenario =
    "gpu = \"h100\"\n"
    "[training]\n"
    "train = false\n"
    "model = \"lenet\"\n"
    "workers = 3\n"
    "batch = 4\n"
    "[[network]]\n"
    "name = \"here\"\n"
    "[[method]]\n"
    "name = \"s-sgd\"\n"
    "[[method]]\n"
    "name = \"top-k\"\n";

class ValidateSlow : public testing::Test {
 protected:
  void SetUp() override {
    if (std::system("command -v mpirun >/dev/null 2>&1") != 0) GTEST_SKIP() << "there is no mpirun here";
    write("s.toml", kScenario);
    const ProgramResult alone = place_.run({"validate", "s.toml", "--transport", "mpi", "--set", "training.workers=1"});
    if (alone.err.find("built without MPI") != std::string::npos) GTEST_SKIP() << "the program was built without MPI";
    // Of Open MPI: tests run as root in containers, and have more ranks than processors.
    for (const char* name : {"OMPI_ALLOW_RUN_AS_ROOT", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "OMPI_MCA_rmaps_base_oversubscribe",
                             "OMPI_MCA_mpi_yield_when_idle"}) {
      setenv(name, "1", 1);
    }
  }
  void write(const std::string& name, const std::string& text) { place_.write(name, text); }
  /// `line` by a shell in the workplace, where $S is the program; standard output and errors together.
  ProgramResult shell(const std::string& line) {
    const std::string file = logs_.path("out");
    const std::string all =
        "cd '" + place_.path() + "' && S='" SYNCLINE_PROGRAM "' && { " + line + "; } >'" + file + "' 2>&1 </dev/null";
    const int status = std::system(all.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, logs_.read("out"), ""};
  }

  Workplace place_;
  TemporaryFolder logs_;
};

const std::string kQuick = " --transport mpi --iterations 1 --warmup 1 --repetitions 1 --collectives '1 KiB,100 KiB'";

TEST_F(ValidateSlow, PrintsPredictedAgainstMeasuredAndWritesBoth) {
  const ProgramResult result =
      shell("mpirun -n 3 $S validate s.toml" + kQuick + " --json o.json --trace o.trace --output measured.toml");
  ASSERT_EQ(result.code, 0) << result.out;
  EXPECT_THAT(result.out, AllOf(HasSubstr("predicted"), HasSubstr("measured"), HasSubstr("ring-all-reduce"),
                                HasSubstr("all-reduce gradient #1"), HasSubstr("mean absolute error")));
  const nlohmann::json json = nlohmann::json::parse(place_.read("o.json"));
  EXPECT_EQ(json["ranks"], 3);
  EXPECT_EQ(json["collectives"].size(), 4U);
  ASSERT_EQ(json["trainings"].size(), 2U);
  EXPECT_GT(json["trainings"][0]["measured"], 0.0);
  EXPECT_GT(json["trainings"][0]["operations"].size(), 30U);
  EXPECT_EQ(nlohmann::json::parse(place_.read("o.trace"))["traceEvents"].empty(), false);
  const ProgramResult compared = place_.run({"compare", "measured.toml", "--json", "compared.json"});
  EXPECT_EQ(compared.code, 0) << compared.err;
  const nlohmann::json again = nlohmann::json::parse(place_.read("compared.json"));
  int same = 0;
  for (const nlohmann::json& one : again["files"][0]["cases"]) {
    if (one.value("method", "") != "s-sgd") continue;
    EXPECT_DOUBLE_EQ(one["predicted"].get<double>(), json["trainings"][0]["predicted"].get<double>());
    ++same;
  }
  EXPECT_EQ(same, 1);
  EXPECT_EQ(place_.run({"calibrate", "measured.toml", "--fit", "collectives", "--parameters", "latency"}).code, 0);
  EXPECT_THAT(place_.read("measured.toml"), AllOf(HasSubstr(kScenario), HasSubstr("[[collective]]"), HasSubstr("[[iteration]]"),
                                                  HasSubstr("[1024, \""), HasSubstr("points = [[3, \"")));
}

TEST_F(ValidateSlow, TrainsAsTheSimulatedWorkersDo) {
  std::string text = replaced(kSmallScenario, "workers = 2", "workers = 3");
  write("t.toml", text);
  const ProgramResult result = shell("mpirun -n 3 $S validate t.toml --compute kernels --output m.toml" + kQuick);
  ASSERT_EQ(result.code, 0) << result.out;
  EXPECT_THAT(result.out, HasSubstr("weights agree; 2 losses"));
  const ProgramResult compared = place_.run({"compare", "m.toml"});
  EXPECT_EQ(compared.code, 0) << compared.err;
}

TEST_F(ValidateSlow, TakesTheLibrarysOwnCollectivesWhereTheStackSaysWhatTheyAre) {
  EXPECT_EQ(shell("mpirun -n 3 $S validate s.toml --algorithm library" + kQuick).code, 2) << "no stack, so nothing is predicted";
  write("s.toml", replaced(kScenario, "name = \"here\"\n", "name = \"here\"\n[network.stack]\nbase = \"open-mpi\"\n"));
  const ProgramResult result = shell("mpirun -n 3 $S validate s.toml --algorithm library" + kQuick);
  ASSERT_EQ(result.code, 0) << result.out;
  EXPECT_THAT(result.out, HasSubstr("auto-all-reduce"));
  const std::string tree = "name = \"here\"\nall_reduce = \"tree-all-reduce\"\n[network.stack]\nbase = \"open-mpi\"\n";
  write("s.toml", replaced(kScenario, "name = \"here\"\n", tree));
  const ProgramResult other = shell("mpirun -n 3 $S validate s.toml --algorithm library --json o.json --output m.toml" + kQuick);
  ASSERT_EQ(other.code, 0) << other.out;
  EXPECT_EQ(place_.run({"compare", "m.toml", "--json", "c.json"}).code, 0);
  const nlohmann::json validated = nlohmann::json::parse(place_.read("o.json")),
                       compared = nlohmann::json::parse(place_.read("c.json"));
  for (const nlohmann::json& one : compared["files"][0]["cases"]) {
    if (one.value("method", "") != "s-sgd") continue;
    EXPECT_DOUBLE_EQ(one["predicted"].get<double>(), validated["trainings"][0]["predicted"].get<double>());
  }
}

TEST_F(ValidateSlow, RefusesRanksWithOtherScenarios) {
  write("other.toml", replaced(kScenario, "batch = 4", "batch = 5"));
  const ProgramResult result = shell("mpirun -n 2 $S validate s.toml" + kQuick + " : -n 1 $S validate other.toml" + kQuick);
  EXPECT_EQ(result.code, 2) << result.out;
  for (const char* rank : {"rank 0 of 3: ", "rank 1 of 3: ", "rank 2 of 3: "}) {
    EXPECT_THAT(result.out, HasSubstr(std::string(rank) + "ranks differ in their scenario (fingerprint): "));
  }
  const ProgramResult options =
      shell("mpirun -n 1 $S validate s.toml" + kQuick + " : -n 2 $S validate s.toml" + kQuick + " --seed 7");
  EXPECT_EQ(options.code, 2) << options.out;
  EXPECT_THAT(options.out, HasSubstr("ranks differ in their options: '"));
  EXPECT_THAT(options.out, HasSubstr("--seed=7"));
}

// The scenario is the same text, but it names a file that is not the same everywhere.
TEST_F(ValidateSlow, RefusesRanksWithOtherFiles) {
  for (const char* folder : {"a", "b"}) {
    ASSERT_EQ(shell(std::string("mkdir ") + folder).code, 0);
    write(std::string(folder) + "/s.toml",
          "networks = [\"lab.toml\"]\n" + replaced(kScenario, "[[network]]\nname = \"here\"\n", ""));
  }
  write("a/lab.toml", "topology = \"star\"\nbandwidth = \"10 Gbit/s\"\nlatency = \"1 us\"\n");
  write("b/lab.toml", "topology = \"star\"\nbandwidth = \"1 Gbit/s\"\nlatency = \"1 us\"\n");
  const ProgramResult result = shell("mpirun -n 2 $S validate a/s.toml" + kQuick + " : -n 1 $S validate b/s.toml" + kQuick);
  EXPECT_EQ(result.code, 2) << result.out;
  for (const char* rank : {"rank 0 of 3: ", "rank 1 of 3: ", "rank 2 of 3: "}) {
    EXPECT_THAT(result.out, HasSubstr(std::string(rank) + "ranks differ in their files that the scenario names"));
  }
}

TEST_F(ValidateSlow, RefusesStepsThatOverlapWhereKernelsAreReal) {
  write("b.toml", replaced(kSmallScenario, "name = \"s-sgd\"", "name = \"s-sgd\"\nschedule = \"bytescheduler\""));
  const ProgramResult result = place_.run({"validate", "b.toml", "--transport", "mpi", "--compute", "kernels"});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("bytescheduler lets steps overlap"));
}

TEST_F(ValidateSlow, RefusesKernelsWhereNothingIsTrained) {
  write("t.toml",
        "networks = [\"10gbe\"]\n[training]\ntrain = false\nmodel = \"lenet\"\nworkers = 2\nbatch = 8\n[[method]]\n"
        "name = \"s-sgd\"\n");
  const ProgramResult result = place_.run({"validate", "t.toml", "--transport", "mpi", "--compute", "kernels"});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("--compute: kernels train, but the scenario says train = false: only with sleeps"));
}

TEST_F(ValidateSlow, RefusesServersThatRealRanksDoNotHave) {
  write("apart.toml", "topology = \"star\"\nbandwidth = \"1 Gbit/s\"\npush_pull_servers = \"apart\"\n");
  write("p.toml", replaced(replaced(kSmallScenario, "[\"10gbe\"]", "[\"apart.toml\"]"), "name = \"s-sgd\"",
                           "name = \"s-sgd\"\nschedule = \"byteps\""));
  const ProgramResult result = shell("mpirun -n 2 $S validate p.toml --set training.workers=2 --transport mpi");
  EXPECT_EQ(result.code, 2) << result.out;
  EXPECT_THAT(result.out, HasSubstr("real ranks have the parameter servers beside them: push_pull_servers = \"beside\""));
}

// Before there is any transport, too.
TEST_F(ValidateSlow, EveryRankSaysThatThereIsNoGpu) {
  const ProgramResult result = shell("mpirun -n 2 $S validate s.toml --set training.workers=2 --transport nccl");
  if (result.out.find("built without NCCL") != std::string::npos) GTEST_SKIP() << "the program was built without NCCL";
  if (result.code == 0) GTEST_SKIP() << "there are GPUs here";
  EXPECT_EQ(result.code, 2) << result.out;
  for (const char* rank : {"rank 0 of 2: ", "rank 1 of 2: "}) EXPECT_THAT(result.out, HasSubstr(rank));
}

TEST_F(ValidateSlow, RefusesAnotherNumberOfRanksThanTheScenarios) {
  const ProgramResult result = shell("mpirun -n 2 $S validate s.toml" + kQuick);
  EXPECT_EQ(result.code, 2) << result.out;
  EXPECT_THAT(result.out, HasSubstr("the scenario has 3 workers, but 2 ranks were started"));
}

// A long measurement, of which one rank gets a signal when it is under way.
std::string with_signal(const std::string& signal) {
  return "mpirun -n 3 $S validate s.toml --transport mpi --timeout 3 --iterations 1000000 --collectives none & m=$!; "
         "sleep 3; set -- $(cat /proc/$m/task/$m/children); kill -" +
         signal + " $2; wait $m";
}

TEST_F(ValidateSlow, EndsWhereARankDies) {
  const ProgramResult result = shell("timeout 60 bash -c '" + replaced(with_signal("KILL"), "$S", SYNCLINE_PROGRAM) + "'");
  EXPECT_NE(result.code, 0) << result.out;
  EXPECT_NE(result.code, 124) << "it hangs: " << result.out;
  EXPECT_THAT(result.out, HasSubstr("was ended from outside"));
  for (const char* rank : {"rank 0 of 3", "rank 2 of 3"}) EXPECT_THAT(result.out, HasSubstr(rank)) << "who is left says so";
}

TEST_F(ValidateSlow, EndsWhereARankHangs) {
  const ProgramResult result = shell("timeout 60 bash -c '" + replaced(with_signal("STOP"), "$S", SYNCLINE_PROGRAM) + "'");
  EXPECT_EQ(result.code, 3) << result.out;
  EXPECT_THAT(result.out, AllOf(HasSubstr("rank 0 of 3 has been in all-"), HasSubstr("rank 2 of 3 has been in all-")));
}

TEST_F(ValidateSlow, RunsAcrossNetworkNamespaces) {
  const std::string netlab = SYNCLINE_SOURCE_DIR "/tools/dev/netlab";
  if (shell(netlab + " --check").code == 77) GTEST_SKIP() << "no network namespaces here: " << logs_.read("out");
  write("n.toml", replaced(replaced(kScenario, "workers = 3", "workers = 4"), "[[network]]\nname = \"here\"\n", ""));
  write("n.toml", "networks = [\"lab.toml\"]\n" + place_.read("n.toml"));
  write("lab.sh", "echo $$ > pid; exec " + netlab + " --hosts 4 --rate 100mbit --host 1=50mbit --network \"$PWD/lab.toml\" " +
                      "\"$1\" validate \"$PWD/n.toml\"" + kQuick + "\n");
  const ProgramResult result = shell("timeout 100 sh lab.sh \"$S\"");
  ASSERT_EQ(result.code, 0) << result.out;
  EXPECT_THAT(result.out, AllOf(HasSubstr("4 ranks over mpi"), HasSubstr("4 network namespaces on one bridge")));
  EXPECT_EQ(shell("ip netns list | grep -c \"^lab$(cat pid)-\"").code, 1) << "what was made is gone";
}

}  // namespace
}  // namespace syncline::tools
