// A measured device as text for a person, and as files that scenarios name.
#pragma once

#include <string>

#include "tools/profiling/device_measurement.h"

namespace syncline::tools {

std::string report_text(const ProfileRequest& request, const DeviceMeasurement& measured);
/// A file of gpus/. `command`: what made it, and `date`: when.
std::string gpu_text(const DeviceMeasurement& measured, const std::string& command, const std::string& date);

}  // namespace syncline::tools
