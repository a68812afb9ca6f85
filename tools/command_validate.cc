// syncline validate: a scenario's methods on real ranks, and what the simulator says of them.
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <thread>

#include "scenarios/located.h"
#include "sim/error.h"
#include "sim/units_text.h"
#include "tools/chrome_trace.h"
#include "tools/command.h"
#include "tools/options.h"
#include "tools/output_file.h"
#include "tools/print.h"
#include "tools/real/handshake.h"
#include "tools/real/rendezvous.h"
#include "tools/real/validate.h"

namespace syncline::tools {
namespace {

namespace po = boost::program_options;

/// Between a rank's complaint and the end of all: for the others to complain, too.
constexpr std::chrono::milliseconds kGrace(500);

po::options_description options() {
  const auto text = [](const char* name) { return po::value<std::string>()->value_name(name); };
  po::options_description result("Options");
  result.add_options()("transport", text("NAME"), "mpi, one process for each CPU host; nccl, one for each GPU");
  result.add_options()("rendezvous", text("FILE"),
                       "nccl: where rank 0 tells the others how to find it, on a file system that all share; without it, by MPI");
  result.add_options()("network", text("NAME"), "which of the scenario's networks predicts; needed where it has several");
  result.add_options()(
      "algorithm", text("NAME")->default_value("network"),
      "network: collectives by the network's algorithms, ours, step by step (auto: the library's own); library: the "
      "library's own, predicted by what the stack chooses");
  result.add_options()("collectives", text("SIZES")->default_value("64 KiB,256 KiB,1 MiB", "64 KiB,256 KiB,1 MiB"),
                       "buffers of the single collectives that are timed, as nccl-tests count them; none: no such");
  result.add_options()("compute", text("NAME")->default_value("sleep"),
                       "sleep: for as long as the simulator says; kernels: real training, whose results are checked");
  result.add_options()("iterations", text("N")->default_value("5"), "periods of each method that are timed");
  result.add_options()("warmup", text("N")->default_value("2"), "periods before them, in which results are checked");
  result.add_options()("repetitions", text("N")->default_value("5"), "of each single collective");
  result.add_options()("timeout", text("SECONDS")->default_value("60"),
                       "how long a rank waits in one operation before it ends the job");
  result.add_options()("json", text("FILE"), "writes all that was predicted and measured, each operation of each rank, as JSON");
  result.add_options()("trace", text("FILE"), "writes both timelines, for chrome://tracing or ui.perfetto.dev");
  result.add_options()(
      "output", text("FILE"),
      "writes the scenario with what was measured, for compare and calibrate; where it names files, put it beside it");
  add_scenario_options(result);
  return result;
}

std::string read_file(const std::string& file) {
  std::ifstream stream(file);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

std::vector<std::int64_t> sizes_of(const std::string& text) {
  std::vector<std::int64_t> sizes;
  if (text == "none") return sizes;
  std::istringstream words(text);
  for (std::string word; std::getline(words, word, ',');) {
    const Bytes size = scenarios::located({"", 0, "--collectives"}, [&] { return parse_bytes(word); });
    if (size < Bytes(4)) throw UserError({"", 0, "--collectives"}, "must be at least 4 bytes, not " + word);
    sizes.push_back(size.count());
  }
  return sizes;
}

std::string choice(const po::variables_map& values, const std::string& option, const std::vector<std::string>& known) {
  const std::string& given = values[option].as<std::string>();
  for (const std::string& name : known) {
    if (name == given) return given;
  }
  throw UserError({"", 0, "--" + option}, "unknown name '" + given + "'" + suggestion(given, known));
}

const models::NetworkProfile& network_of(const scenarios::Scenario& scenario, const po::variables_map& values) {
  std::vector<std::string> known;
  for (const models::NetworkProfile& network : scenario.networks) {
    known.push_back(network.name);
    if (values.count("network") && network.name == values["network"].as<std::string>()) return network;
  }
  if (values.count("network")) {
    const std::string& name = values["network"].as<std::string>();
    throw UserError({"", 0, "--network"}, "the scenario has no network '" + name + "'" + suggestion(name, known));
  }
  if (known.size() != 1)
    throw UserError({"", 0, "--network"}, "is needed: the scenario has " + std::to_string(known.size()) + " networks");
  return scenario.networks.front();
}

struct Request {
  std::string file;
  scenarios::Scenario scenario;
  std::string transport, text, options;  // the scenario's, and those that must be the same on all ranks
  TransportOptions transport_options;
  MeasureOptions measure;
  bool library = false;
  std::vector<std::int64_t> sizes;
  double timeout = 60;
};

/// Real gradients travel as the arrays that they are, and a step's forward is one piece.
void check_for_kernels(const scenarios::Scenario& scenario) {
  if (!scenario.train) {
    throw UserError({"", 0, "--compute"}, "kernels train, but the scenario says train = false: only with sleeps");
  }
  for (const models::MethodSetting& method : scenario.methods) {
    const auto& values = method.parameters.values();
    const auto schedule = values.find("schedule");
    if (schedule != values.end() && std::get<std::string>(schedule->second) == "bytescheduler") {
      throw UserError(method.where, "bytescheduler lets steps overlap, which --compute kernels does not: only with sleeps");
    }
    const auto wire = values.find("wire");
    if (wire == values.end() || std::get<std::string>(wire->second) == "fp32") continue;
    throw UserError(method.where, "gradients of 16 bits are not sent by --compute kernels: only with sleeps");
  }
}

Request request_of(const std::string& file, const po::variables_map& values) {
  Request request;
  request.file = file;
  request.scenario = load_scenario(file, values);
  if (!values.count("transport")) throw UserError("no --transport: mpi or nccl");
  request.transport = choice(values, "transport", {"mpi", "nccl"});
  if (values.count("rendezvous")) request.transport_options.rendezvous = values["rendezvous"].as<std::string>();
  const auto whole = [&](const char* name, std::int64_t least) {
    return static_cast<int>(*whole_option(values, name, least, 1'000'000));
  };
  request.measure.kernels = choice(values, "compute", {"sleep", "kernels"}) == "kernels";
  if (request.measure.kernels) check_for_kernels(request.scenario);
  request.measure.iterations = whole("iterations", 1);
  request.measure.warmup = whole("warmup", 1);
  request.measure.repetitions = whole("repetitions", 1);
  request.timeout = whole("timeout", 1);
  request.library = choice(values, "algorithm", {"network", "library"}) == "library";
  request.sizes = sizes_of(values["collectives"].as<std::string>());
  if (values.count("output") && (values.count("set") || values.count("seed"))) {
    throw UserError({"", 0, "--output"},
                    "writes the scenario as its file has it: give no --set or --seed, write the values there");
  }
  check_outputs(values, {"json", "trace", "output"}, files_of(request.scenario));
  request.text = read_file(file);
  for (const std::string option :
       {"algorithm", "collectives", "compute", "iterations", "warmup", "repetitions", "network", "seed"}) {
    if (values.count(option)) request.options += "--" + option + "=" + values[option].as<std::string>() + " ";
  }
  if (values.count("set")) {
    for (const std::string& set : values["set"].as<std::vector<std::string>>()) request.options += "--set " + set + " ";
  }
  return request;
}

void greet(Transport& transport, const Request& request, const ValidationSetup& setup) {
  RankFacts facts;
  std::array<char, 256> host{};
  gethostname(host.data(), host.size() - 1);
  facts.host = host.data();
  facts.gpu = transport.gpu();
  facts.same = {{"version of syncline", SYNCLINE_VERSION ", " SYNCLINE_REVISION},
                {"communication library", transport.version()},
                {"options", request.options},
                {"scenario (fingerprint)", fingerprint(request.text)},
                {"files that the scenario names (fingerprint)", fingerprint(resolved_text(setup))}};
  shake_hands(transport, facts);
  if (request.scenario.workers != transport.size()) {
    throw UserError(
        fmt::format("the scenario has {} workers, but {} ranks were started: start as many, or --set training.workers={}",
                    request.scenario.workers, transport.size(), transport.size()));
  }
}

void write_traces(const Validation& validation, OutputFile& file) {
  std::vector<sim::MemoryTrace> measured(validation.trainings.size());
  std::vector<NamedTrace> traces;
  for (std::size_t i = 0; i < measured.size(); ++i) {
    const ComparedTraining& training = validation.trainings[i];
    measured[i].spans = training.measured.spans;
    traces.push_back({training.measured.method + ", predicted", &training.predicted.trace});
    traces.push_back({training.measured.method + ", measured", &measured[i]});
  }
  write_chrome_trace(traces, file);
}

/// Of the first rank.
void publish(const Validation& validation, const Request& request, const po::variables_map& values) {
  const std::unique_ptr<OutputFile> json = output_option(values, "json"), trace = output_option(values, "trace"),
                                    toml = output_option(values, "output");
  if (json) json->write(json_text(validation));
  if (trace) write_traces(validation, *trace);
  if (toml) toml->write(read_file(request.file) + measured_sections(validation));
  for (OutputFile* file : {json.get(), trace.get(), toml.get()}) {
    if (file != nullptr) file->commit();
  }
  write_out(report_text(validation));
  flush_out();
}

/// As the environment says; nothing where this is no rank of several.
std::optional<Place> place_among_several() {
  try {
    const Place place = place_of_environment();
    return place.size > 1 ? std::optional(place) : std::nullopt;
  } catch (const UserError&) {
    return std::nullopt;
  }
}

/// Ends all ranks with a word of this one; before there is a transport (null) only this one, a moment later, so that others who
/// found the same can say so.
[[noreturn]] void give_up(Transport* transport, const std::string& message, int code) {
  std::optional<Place> place = place_among_several();
  if (transport != nullptr) place = Place{transport->rank(), transport->size(), 0};
  const std::string who = place ? fmt::format("rank {} of {}: ", place->rank, place->size) : "";
  std::fprintf(stderr, "syncline: %s%s\n", who.c_str(), message.c_str());
  std::this_thread::sleep_for(kGrace);
  if (transport != nullptr) transport->abort(code);
  std::_Exit(code);
}

/// The part in which ranks need each other.
Validation measure(const ValidationSetup& setup, RealCollectives& collectives, Transport& transport, Watchdog& watchdog) {
  check_prediction(setup);
  Validation validation = tools::measure(setup, transport, collectives, watchdog);
  const Watchdog::Wait wait(watchdog, "the last barrier");
  transport.barrier();
  return validation;
}

/// What one rank has after the part in which ranks need each other.
struct RankRun {
  Request request;
  std::unique_ptr<const scenarios::Training> training;
  std::unique_ptr<ValidationSetup> setup;  // of the two
  Validation validation;
  bool first = false;
};

void take_part(const std::string& file, const po::variables_map& values, std::unique_ptr<Transport>& transport, RankRun& run) {
  const Request& request = run.request = request_of(file, values);
  run.training = scenarios::training_of(request.scenario);
  run.setup = std::make_unique<ValidationSetup>(
      ValidationSetup{request.scenario, *run.training, network_of(request.scenario, values), request.measure, request.sizes});
  ValidationSetup& setup = *run.setup;
  Watchdog watchdog{Watchdog::Seconds(request.timeout)};
  {
    const Watchdog::Wait wait(watchdog, "the start of the transport");
    transport = open_transport(request.transport, request.transport_options);
  }
  watchdog.join(transport->rank(), transport->size(), [&transport](int code) { transport->abort(code); });
  {
    const Watchdog::Wait wait(watchdog, "the handshake");
    greet(*transport, request, setup);
  }
  RealCollectives collectives(*transport, setup.network, request.library);
  setup.network.algorithms = collectives.predicted_by();
  run.validation = measure(setup, collectives, *transport, watchdog);
  run.first = transport->rank() == 0;
}

void run(const std::string& file, const po::variables_map& values) {
  RankRun own;
  std::unique_ptr<Transport> transport;
  try {
    take_part(file, values, transport, own);
  } catch (const UserError& error) {
    if (!transport && !place_among_several()) throw;  // nobody else has to be told
    give_up(transport.get(), error.what(), 2);
  } catch (const TransportError& error) {
    give_up(transport.get(), error.what(), kLostRankCode);
  } catch (const kernels::KernelError& error) {
    give_up(transport.get(), error.what(), 1);
  } catch (const std::exception& error) {
    give_up(transport.get(), std::string("internal error: ") + error.what(), 1);
  }
  transport.reset();
  if (!own.first) return;
  predict(*own.setup, own.validation);
  publish(own.validation, own.request, values);
}

}  // namespace

Command validate_command() {
  return {"validate", "SCENARIO", {}, "runs a scenario's methods on real ranks, and compares with what is predicted",
          false,      options,    run};
}

}  // namespace syncline::tools
