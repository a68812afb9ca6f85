// The network that is trained or timed, and how long its layers compute.
#pragma once

#include <optional>
#include <string>

#include "models/compute_times.h"
#include "models/data/dataset.h"
#include "models/dnn/dnn.h"
#include "scenarios/scenario.h"
#include "scenarios/toml_reader.h"

namespace syncline::scenarios {

/// What `model` says where the scenario's own sections say what it is.
inline constexpr const char* kOwnLayers = "layers";

/// The sections [[training.layer]] of [training], as a profile at this batch; nothing where there are none.
std::optional<models::LayerProfile> read_layers(const toml::table& training, int batch);

/// The network that a profile's layers are, by their parameters. UserError, at `where` if no layer is to blame: there are none, or
/// two of one name, or they have no parameters at all.
models::Dnn network_of(const models::LayerProfile& profile, const Location& where);

/// The keys samples_per_second, profile and update of a section, where [training.profile] may stand for the key `profile`.
models::ComputeSetting read_compute(const DataFolders& folders, const Section& section, const toml::table* table = nullptr);

/// The scenario's own layers, or a row of models(): for the samples where it is trained, else for those of its own kind.
models::Dnn make_model(const Scenario& scenario, const std::string& name, const Location& where, const models::Dataset& data);

}  // namespace syncline::scenarios
