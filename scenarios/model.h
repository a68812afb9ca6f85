// The network that is trained or timed, and how long its layers compute.
#pragma once

#include <string>

#include "models/compute_times.h"
#include "models/data/dataset.h"
#include "models/dnn/dnn.h"
#include "scenarios/scenario.h"
#include "scenarios/toml_reader.h"

namespace syncline::scenarios {

/// What `model` says where the scenario's own sections say what it is.
inline constexpr const char* kOwnLayers = "layers";

/// The sections [[training.layer]], and how long they take at this batch. UserError where there are none, or two of one name, or
/// they have no parameters at all.
models::Dnn read_layers(const toml::table& root, const Section& training, int batch, models::LayerProfile& times);

/// The keys samples_per_second, profile and update of a section, where [training.profile] may stand for the key `profile`.
models::ComputeSetting read_compute(const DataFolders& folders, const Section& section, const toml::table* table = nullptr);

/// The scenario's own layers, or a row of models(): for the samples where it is trained, else for those of its own kind.
models::Dnn make_model(const Scenario& scenario, const std::string& name, const Location& where, const models::Dataset& data);

}  // namespace syncline::scenarios
