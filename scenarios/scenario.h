// A scenario: everything a run is made of, read from a TOML file and checked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/compute_times.h"
#include "models/data/dataset.h"
#include "models/device_profile.h"
#include "models/placement.h"
#include "models/training/learning_rate.h"
#include "models/training/method.h"
#include "models/training/timeline.h"
#include "scenarios/data_folders.h"

namespace syncline::scenarios {

enum class Sharding { iid, dirichlet };

struct DatasetSetting {
  std::string name;
  std::string folder;  // "": the standard place
  models::SyntheticSpec synthetic;
  Sharding sharding = Sharding::iid;
  double alpha = 0.5;   // of dirichlet
  Location where;       // for errors found when it is loaded
  Location size_where;  // for errors about the number of samples
};

/// A learning rate in epochs; how many steps those are depends on the data set.
struct LearningRateSetting {
  models::LearningRateKind kind = models::LearningRateKind::constant;
  double base = 0.1;
  double warmup_epochs = 0, min_factor = 0;   // of warmup_cosine
  double step_epochs = 1, step_factor = 0.1;  // of step

  /// steps_per_epoch: training samples / (workers * batch); total_steps of the training.
  models::LearningRate in_steps(double steps_per_epoch, std::int64_t total_steps) const;
};

/// A job of those that run at once.
struct JobSetting {
  std::string name;
  Location name_where;
  std::size_t method = 0;  // of the scenario's
  std::string model;
  Location model_where;
  int batch = 1;                    // samples per worker and step
  Time start;                       // of its first step
  models::PlacementRequest placed;  // how many workers, and which
  Location where;                   // for errors found while it runs
  models::ComputeSetting compute;   // of its model
};

struct Scenario {
  std::string file;
  std::vector<std::string> data_files;  // of networks and GPUs that it is read from besides
  std::string title;
  bool train = true;  // false: methods are only timed
  std::string model;
  Location model_where;               // for errors found when the network is built
  std::optional<models::Dnn> layers;  // where `model` is "layers"
  models::ComputeSetting compute;     // of the model
  int tokens = 0;                     // of a sentence, where methods are only timed; 0: the model's own number
  DatasetSetting dataset;
  int workers = 1;
  Location shards_where;  // for errors found when the samples are shared out
  int batch = 1;          // samples per worker and step
  Location batch_where;   // for errors found when the memory it needs is known
  double epochs = 1;
  double target_accuracy = 0;       // 0 to 1
  std::int64_t evaluate_every = 1;  // steps
  LearningRateSetting learning_rate;
  double momentum = 0;
  double weight_decay = 0;
  std::uint64_t seed = 1;
  models::DeviceProfile gpu;
  std::vector<models::NetworkProfile> networks;  // names differ
  std::vector<models::MethodSetting> methods;    // labels differ
  std::vector<JobSetting> jobs;                  // names differ, lists of workers do not overlap, and all have room
};

/// A value in place of one of the file: "training.batch=8", "networks=[\"1gbe\"]", "method.top-k.density=0.1",
/// "network.0.latency=5 us" (an element of a repeated section by its label, its name, or its number from 0).
struct Override {
  std::string key;
  std::string value;
};

/// Splits "key=value"; UserError where it is not that.
Override parse_override(const std::string& text);

/// Every defect is a UserError with file, line and key: syntax, unknown or unused keys, types, units and ranges, unknown names,
/// networks that do not fit the number of workers or do not connect them, equal labels.
Scenario load_scenario(const std::string& file, const std::vector<Override>& overrides = {});

/// A shipped (or the user's) network or GPU by name or file. Networks are built for `workers` workers.
models::NetworkProfile load_network(const DataFolders& folders, const std::string& name, int workers);
/// How many workers a network's file is about: those that its [[link]]s name; nothing where it has no links.
std::optional<int> workers_in_network(const DataFolders& folders, const std::string& name);
models::DeviceProfile load_gpu(const DataFolders& folders, const std::string& name);
/// What was measured of a network's layers: a file of profiles/, or any other, by name or file.
models::LayerProfile load_profile(const DataFolders& folders, const std::string& name);
/// Whether that file of gpus/ or profiles/ is one of a network's layers.
bool is_layer_profile(const DataFolders& folders, const std::string& name);

}  // namespace syncline::scenarios
