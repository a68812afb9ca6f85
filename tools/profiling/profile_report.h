// A measured device as text for a person, and as files that scenarios name.
#pragma once

#include <string>

#include "tools/profiling/device_measurement.h"

namespace syncline::tools {

std::string report_text(const ProfileRequest& request, const DeviceMeasurement& measured);
/// As a file of gpus/.
std::string gpu_text(const models::DeviceProfile& profile, const std::string& command);

}  // namespace syncline::tools
