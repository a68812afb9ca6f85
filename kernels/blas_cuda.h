// Products of matrices on a GPU, by its maker's library (cuBLAS).
#pragma once

#include <memory>

#include "kernels/device.h"

namespace syncline::kernels::cuda {

#if SYNCLINE_HAS_CUDA

/// Makes its handle, which takes a while and memory, for the first product.
std::shared_ptr<Blas> open_blas(const std::shared_ptr<void>& stream);

/// Matrices in rows; or, transposed, in columns.
struct Factor {
  Strided<const float> of;
  bool transposed = false;
};

struct ProductShape {
  int rows, columns, terms;
};

/// c [rows][columns] = a [rows][terms] b [terms][columns], added to what c holds where `adds`, for `count` replicas in one call.
/// The order of the sums is cuBLAS's. KernelError with what it said where it fails.
void multiply(const Device& device, const char* what, int count, const ProductShape& shape, const Factor& a, const Factor& b,
              bool adds, Strided<float> c);

#else

inline std::shared_ptr<Blas> open_blas(const std::shared_ptr<void>&) { return {}; }

#endif

}  // namespace syncline::kernels::cuda
