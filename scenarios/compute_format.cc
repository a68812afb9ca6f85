// The rows of what says how long layers compute: a network described by its layers, and profiles.
#include "scenarios/format_rows.h"

namespace syncline::scenarios {
namespace {

using namespace rows;  // NOLINT(google-build-using-namespace): the words that rows are written in

constexpr double kLargestExtent = 1e12;  // of a tensor

KeyRow passes(std::string name, std::string help) {
  return required(quantity(Reading::time, std::move(name), "", std::move(help)));
}

KeyRow shapes(std::string help) {
  KeyRow key = number("parameters", 0, 1, kLargestExtent, std::move(help));
  key.row.whole = true;
  key.reading = Reading::shape_list;
  return key;
}

SectionFormat layer() {
  return {"training.layer",
          true,
          "A layer of the network that `model = \"layers\"` stands for, in the order of forward. Its times are those of a worker "
          "at full speed, and of `batch` samples. Such a network is timed only. Where there are none, its profile's layers are "
          "taken, with their `parameters`.",
          {required(text("name", "", "its name, which no other layer has")),
           shapes("the shapes of its parameter tensors, in the order of registration, such as [[64, 3, 7, 7], [64]]"),
           passes("forward", "how long its forward takes"),
           passes("backward", "how long its backward takes; nothing before the first layer that has parameters")}};
}

SectionFormat profile() {
  return {
      "training.profile",
      false,
      "What was measured of a network, layer by layer. As a rule it is a file of its own, which has these keys at its top, and "
      "which `profile = \"FILE\"` names.",
      {optional(text("title", "", "what reports call it"), "\"the profile\" and its device"),
       required(text("model", "", "the network that it is of: a name that `syncline list models` shows, or layers")),
       required(whole("batch", 1, 1, 65536, "samples per step; a step of another batch takes in proportion")),
       text("device", "", "what it was measured on"), text("date", "", "when it was measured"),
       text("precision", "fp32", "what the factors of matrix products were rounded to", {"fp32", "tf32", "bf16"}),
       text("source", "", "who measured it, and how"),
       optional(quantity(Reading::time, "update", "", "how long the optimiser's step takes"), "by the GPU's roofline")}};
}

SectionFormat profile_layer() {
  return {"training.profile.layer",
          true,
          "One layer's part of it. Every layer of the network must be there, by its name.",
          {required(text("name", "", "the layer's name")), passes("forward", "how long its forward takes, for the whole batch"),
           passes("backward", "how long its backward takes, for the whole batch"),
           shapes("the shapes of its parameter tensors, read where `model = \"layers\"` has no [[training.layer]]")}};
}

}  // namespace

std::vector<KeyRow> compute_keys(const std::string& inherited) {
  const auto absent = [&](const std::string& otherwise) { return inherited.empty() ? otherwise : inherited; };
  return {optional(number("samples_per_second", 0, kLeastPositive, kNoLimit,
                          "what one worker by itself was measured to do at this batch, without communication: forward, backward "
                          "and update then take batch / samples_per_second, shared out as the profile or else the roofline says"),
                   absent("by the profile or the roofline")),
          flag("rate_has_update", true, "false: that rate is of forward and backward alone, and the update comes on top of it"),
          optional(text("profile", "", "the layers' times as measured: a file, or a name in `profiles/`"),
                   absent("by the GPU's roofline")),
          optional(quantity(Reading::time, "update", "", "how long the optimiser's step takes"),
                   absent("by the profile or the roofline"))};
}

std::vector<SectionFormat> compute_sections() { return {layer(), profile(), profile_layer()}; }

}  // namespace syncline::scenarios
