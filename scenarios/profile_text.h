// A profile of a network's layers as the file that `profile` names.
#pragma once

#include <string>

#include "models/compute_times.h"

namespace syncline::scenarios {

/// What is read back as the same profile, to the picosecond. `section`: where it stands in a scenario, as "training.profile"; empty:
/// a file of its own.
std::string profile_text(const models::LayerProfile& profile, const std::string& section = "");

/// As TOML writes it: in quotes, escaped. It must be UTF-8.
std::string quoted(const std::string& text);

}  // namespace syncline::scenarios
