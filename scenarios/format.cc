#include "scenarios/format.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "models/data/dataset.h"
#include "models/dnn/dnn.h"
#include "scenarios/format_rows.h"
#include "sim/error.h"
#include "sim/units_text.h"

namespace syncline::scenarios {
namespace {

using namespace rows;  // NOLINT(google-build-using-namespace): the words that rows are written in

/// Read only where something is trained.
KeyRow trained(KeyRow key) { return except(std::move(key), "train", {"false"}); }

SectionFormat top() {
  return {
      "",
      false,
      "What is compared: a title, the GPU, and the shipped networks to play.",
      {text("title", "", "shown above the results"),
       text("gpu", "v100", "each worker's GPU: a name that `syncline list gpus` shows, a file, or a section [gpu]"),
       quantity(Reading::text_list, "networks", "",
                "networks to play: names that `syncline list networks` shows, or files; [[network]] describes more of them")}};
}

SectionFormat training() {
  std::vector<std::string> models = names(models::models());
  models.emplace_back("layers");
  SectionFormat section = {
      "training",
      false,
      "What every method trains, and for how long.",
      {flag("train", true, "false: nothing is trained, methods are only timed; no data set is read, nor the keys of SGD"),
       text("model", "lenet",
            "the network; `syncline list models` says which can be timed only. layers: those of [[training.layer]]",
            std::move(models)),
       optional(only(whole("tokens", 0, 1, 1e6, "of each sentence, for a model that reads text"), "train", "false"),
                "the model's own number"),
       whole("workers", 32, 1, 4096, "how many workers share the work"),
       whole("batch", 32, 1, 65536, "samples per worker and step"),
       trained(number("epochs", 2, 1e-6, 1e6, "how long each method trains, in passes over the training set")),
       trained(number("target_accuracy", 0.88, 0, 1, "test accuracy whose time is asked for, as a fraction")),
       trained(whole("evaluate_every", 20, 1, 1e9, "steps between two measurements of the test accuracy")),
       trained(number("learning_rate", 0.1, kLeastPositive, kNoLimit, "step size; the schedule's highest")),
       trained(text("schedule", "constant", "how the learning rate changes", {"constant", "step", "warmup-cosine"})),
       only(number("warmup_epochs", 0.25, 0, 1e6, "rise from near zero over this long"), "schedule", "warmup-cosine"),
       only(number("min_factor", 0, 0, 1, "the last learning rate, as a part of the highest"), "schedule", "warmup-cosine"),
       only(number("step_epochs", 1, 1e-6, 1e6, "epochs between two drops of the rate"), "schedule", "step"),
       only(number("step_factor", 0.1, 0, 1, "what a drop multiplies the rate by"), "schedule", "step"),
       trained(number("momentum", 0.9, 0, 0.999999, "of SGD, as PyTorch defines it")),
       trained(number("weight_decay", 0, 0, 1e6, "of SGD, as PyTorch defines it")),
       whole("seed", 1, 0, kWholeLimit, "of initial weights, batches, rounding and synthetic data")}};
  std::ranges::move(compute_keys(), std::back_inserter(section.keys));
  return section;
}

SectionFormat dataset() {
  const models::SyntheticSpec standard;
  const auto synthetic = [](KeyRow key) { return only(std::move(key), "name", "synthetic"); };
  return {
      "dataset",
      false,
      "The samples, and how the workers share them.",
      {text("name", "fashion-mnist", "the data set", names(models::datasets())),
       only(text("folder", "", "where its files are, seen from the scenario file; empty: where the package puts them"), "name",
            "fashion-mnist"),
       text("shards", "iid", "which samples a worker owns: a random part, or a mixture of classes by Dirichlet's distribution",
            {"iid", "dirichlet"}),
       only(number("alpha", 0.5, 1e-3, 1e6, "concentration: the smaller, the fewer classes a worker has"), "shards", "dirichlet"),
       synthetic(whole("channels", standard.channels, 1, 1024, "of a synthetic image")),
       synthetic(whole("height", standard.height, 1, 4096, "of a synthetic image, pixels")),
       synthetic(whole("width", standard.width, 1, 4096, "of a synthetic image, pixels")),
       synthetic(whole("classes", standard.classes, 2, 256, "of the mixture")),
       synthetic(whole("train", static_cast<double>(standard.train), 1, 1e8, "training samples")),
       synthetic(whole("test", static_cast<double>(standard.test), 1, 1e8, "test samples")),
       synthetic(
           number("separation", standard.separation, 0, 1e6, "distance of the classes, in standard deviations of the noise")),
       synthetic(number("label_noise", standard.label_noise, 0, 1, "part of the training labels drawn at random"))}};
}

SectionFormat method() {
  return {
      "method",
      true,
      "A method to compare. Its own parameters, which `syncline list methods` shows, are keys here as well.",
      {required(text("name", "", "which method")),
       optional(text("label", "", "its name in the results"), "made from the keys given"),
       optional(number("learning_rate", 0, kLeastPositive, kNoLimit, "in place of the one in [training]"), "that of [training]"),
       optional(number("momentum", 0, 0, 0.999999, "in place of the one in [training]"), "that of [training]"),
       optional(number("weight_decay", 0, 0, 1e6, "in place of the one in [training]"), "that of [training]")}};
}

SectionFormat job() {
  KeyRow workers = required(whole("workers", 1, 1, 4096, "of the cluster: how many, or which, by their numbers from 0"));
  workers.reading = Reading::count_or_list;
  SectionFormat section = {
      "job",
      true,
      "One of several training jobs that run on each network at once and share its links: how long its steps take then, and how "
      "long they take alone. Jobs share out the workers of [training] among them; the table of methods is not about them.",
      {required(text("name", "", "its name in the results")), required(text("method", "", "the label of a [[method]]")),
       std::move(workers),
       text("placement", "packed",
            "where `workers` is a number: packed fills one machine after the other, spread takes one of each rack and machine in "
            "turn, random any, by the seed; lists are served first",
            {"packed", "spread", "random"}),
       optional(text("model", "", "the network that it trains; one that can be timed only has samples of its own kind",
                     names(models::models())),
                "that of [training]"),
       optional(whole("batch", 1, 1, 65536, "samples per worker and step"), "that of [training]"),
       quantity(Reading::time, "start", "0 us", "when it begins its first step")}};
  std::ranges::move(compute_keys("those of [training], where its model is the same"), std::back_inserter(section.keys));
  return section;
}

SectionFormat gpu() {
  return {"gpu",
          false,
          "A GPU described here instead of named by the key `gpu`.",
          {optional(text("name", "", "its name in the results"), "the base's"),
           optional(text("title", "", "what it is, in words"), "the base's and \", changed\"; else the name"),
           optional(text("base", "", "a shipped GPU or a file to start from: keys given here replace its keys"),
                    "start from nothing"),
           required(quantity(Reading::compute_rate, "flops", "", "highest rate of fp32 arithmetic")),
           required(quantity(Reading::bandwidth, "memory", "", "highest bandwidth of its memory")),
           number("compute_efficiency", 0.5, 1e-3, 1, "the part of the arithmetic rate that kernels reach"),
           number("memory_efficiency", 0.75, 1e-3, 1, "the part of the memory bandwidth that kernels reach"),
           quantity(Reading::time, "launch", "5 us", "added to each kernel"),
           text("precision", "fp32", "what the factors of matrix products are rounded to", {"fp32", "tf32", "bf16"}),
           text("source", "", "where the numbers are from")}};
}

SectionFormat gpu_kernel() {
  return {"gpu.kernel",
          true,
          "A compression kernel that was measured on this GPU, as `syncline profile` writes it.",
          {required(text("name", "", "as traces call it",
                         {"sign", "majority vote", "scaled sign", "mean of signs", "quantize", "mean of codes", "top-k",
                          "mean of sparse", "P = M Q", "Q = M^T P", "P Q^T", "to 16 bits", "from 16 bits"})),
           required(number("memory_efficiency", 1, 1e-6, 100,
                           "in place of the GPU's own: bytes that its cost says over time and memory bandwidth; above 1 where it "
                           "moves less"))}};
}

std::string range_text(const models::ParameterRow& row) {
  if (row.greatest >= kNoLimit) return " above 0";
  if (row.greatest >= kWholeLimit) return fmt::format(" of at least {}", number_text(row.least));
  return fmt::format(" from {} to {}", number_text(row.least), number_text(row.greatest));
}

}  // namespace

std::string SectionFormat::name() const { return path.substr(path.rfind('.') + 1); }

std::string SectionFormat::parent() const {
  const std::size_t dot = path.rfind('.');
  return dot == std::string::npos ? "" : path.substr(0, dot);
}

std::span<const SectionFormat> scenario_format() {
  static const std::vector<SectionFormat> sections = [] {
    std::vector<SectionFormat> all = {top(), training()};
    std::ranges::move(compute_sections(), std::back_inserter(all));
    all.push_back(dataset());
    all.push_back(gpu());
    all.push_back(gpu_kernel());
    std::ranges::move(network_sections(), std::back_inserter(all));
    all.push_back(method());
    all.push_back(job());
    std::ranges::move(measured_sections(), std::back_inserter(all));
    return all;
  }();
  return sections;
}

const SectionFormat& section_format(std::string_view path) {
  for (const SectionFormat& section : scenario_format()) {
    if (section.path == path) return section;
  }
  throw InternalError("no section format " + std::string(path));
}

std::vector<std::string> subsections(const std::string& path) {
  std::vector<std::string> result;
  for (const SectionFormat& section : scenario_format()) {
    if (!section.path.empty() && section.parent() == path) result.push_back(section.name());
  }
  return result;
}

std::vector<KeyRow> method_keys(const models::MethodRow& row) {
  std::vector<KeyRow> keys;
  for (const models::ParameterRow& parameter : row.parameters) {
    KeyRow key{parameter};
    if (!parameter.only_where.empty()) key.only.push_back({parameter.only_where, {parameter.only_value}});
    keys.push_back(std::move(key));
  }
  return keys;
}

std::string heading(const SectionFormat& section) {
  if (section.path.empty()) return "Top of the file";
  return section.repeated ? "`[[" + section.path + "]]`" : "`[" + section.path + "]`";
}

std::string value_text(const models::ParameterValue& value) {
  if (const double* number = std::get_if<double>(&value)) return number_text(*number);
  if (const bool* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  return std::get<std::string>(value);
}

std::string complaint(const KeyRow& key, const models::ParameterValue& value) {
  const double* number = std::get_if<double>(&value);
  const bool any_positive = key.row.greatest >= kNoLimit && std::holds_alternative<double>(key.row.standard);
  // Negated, so that NaN is refused as well.
  if (any_positive && number != nullptr && !(*number > 0)) return "must be above 0, not " + number_text(*number);
  return models::complaint(key.row, value);
}

std::string type_text(const KeyRow& key) {
  switch (key.reading) {
    case Reading::bandwidth:
      return "bandwidth of at least 1 kbit/s, such as \"10 Gbit/s\"";
    case Reading::time:
      return "time of at most 1000 s, such as \"3 us\"";
    case Reading::bytes:
      return "bytes, at most 1000 GB, such as \"64 KiB\"";
    case Reading::compute_rate:
      return "rate of at least 1 MFLOP/s, such as \"15.7 TFLOP/s\"";
    case Reading::text_list:
      return "list of texts";
    case Reading::count_or_list:
      return "whole number" + range_text(key.row) + ", or a list of different ones from 0 to " +
             number_text(key.row.greatest - 1);
    case Reading::shape_list:
      return "list of lists of whole numbers" + range_text(key.row);
    case Reading::number_list:
      return (key.row.whole ? "list of whole numbers" : "list of numbers") + range_text(key.row);
    case Reading::points:
      return "list of points, each a number above 0 and a text with a unit or several, such as [[4, \"902 ms\"], [8, \"1.1 s\"]]";
    case Reading::plain:
      break;
  }
  if (std::holds_alternative<bool>(key.row.standard)) return "true or false";
  if (std::holds_alternative<double>(key.row.standard)) return (key.row.whole ? "whole number" : "number") + range_text(key.row);
  if (key.row.choices.empty()) return "text";
  return "one of " + fmt::format("{}", fmt::join(key.row.choices, ", "));
}

std::string condition_text(const KeyRow& key) {
  std::vector<std::string> texts;
  for (const Condition& condition : key.only) {
    std::vector<std::string> values;
    for (const std::string& value : condition.values) {
      values.push_back(value == "true" || value == "false" ? value : '"' + value + '"');
    }
    texts.push_back(fmt::format("{} = {}", condition.key, fmt::join(values, " or ")));
  }
  if (texts.empty()) return "";
  return (key.only.front().except ? "not read with " : "read only with ") + fmt::format("{}", fmt::join(texts, ", or "));
}

std::string standard_text(const KeyRow& key) {
  if (key.required) return key.only.empty() ? "(required)" : "(required where it is read)";
  if (!key.absent.empty()) return key.absent;
  if (key.reading == Reading::text_list || key.reading == Reading::number_list || key.reading == Reading::shape_list) {
    return "[]";
  }
  const std::string text = value_text(key.row.standard);
  return std::holds_alternative<std::string>(key.row.standard) ? '"' + text + '"' : text;
}

}  // namespace syncline::scenarios
