// What was measured on one GPU, as another one would have it by the roofline: nobody measured that, and titles and sources say so.
#pragma once

#include "models/compute_times.h"
#include "models/device_profile.h"

namespace syncline::tools {

/// `of`: the measured GPU as its maker tells it; `to`: another one, told likewise. Rates keep their part of what the maker tells,
/// kernels their part of the memory's rate, and a launch takes what it takes in `to` more or less than in `of`. UserError where it was
/// measured in another precision than fp32, of which the makers' peaks are.
models::DeviceProfile scaled(const models::DeviceProfile& measured, const models::DeviceProfile& of,
                             const models::DeviceProfile& to);

/// Each layer takes as many times as long as the roofline of `to` takes longer than that of `of`. UserError where it is no network of
/// models(), so that nobody knows its work.
models::LayerProfile scaled(const models::LayerProfile& measured, const models::DeviceProfile& of,
                            const models::DeviceProfile& to);

}  // namespace syncline::tools
