// A seeded Gaussian mixture that needs no files. Class c has a mean m_c with entries drawn from N(0, separation^2 / features);
// a sample of class c is m_c + N(0, I). Two classes thus lie about sqrt(2) * separation apart in units of the noise, whatever
// the number of features. Classes are balanced. Of the training labels, a share `label_noise` is replaced by a class drawn
// uniformly; test labels are clean.
#pragma once

#include <cstdint>

#include "models/data/dataset.h"

namespace syncline::models {

/// UserError where a count is below 1, there are fewer than 2 or more than 256 classes, or a share is outside [0, 1].
Dataset make_synthetic(const SyntheticSpec& spec, std::uint64_t seed);

}  // namespace syncline::models
