// The rows of the table of methods, one from each method's file.
#pragma once

#include "models/training/method.h"
#include "models/training/rank_data.h"

namespace syncline::models {

MethodRow s_sgd_row();
MethodRow k_avg_row();
MethodRow sign_sgd_row();
MethodRow qsgd_row();
MethodRow top_k_row();
MethodRow power_sgd_row();
MethodRow acp_sgd_row();

/// A kernel's argument that is only read.
template <class T>
kernels::Strided<const T> read(kernels::Strided<T> data) {
  return {data.data, data.stride};
}

}  // namespace syncline::models
