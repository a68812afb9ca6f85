#include "kernels/blas_cuda.h"

#include <cublas_v2.h>

#include <algorithm>
#include <mutex>

#include "kernels/cuda_call.cuh"
#include "kernels/device_cuda.h"

namespace syncline::kernels::cuda {
namespace {

void check_blas(cublasStatus_t status, const char* what) {
  if (status == CUBLAS_STATUS_SUCCESS) return;
  if (status == CUBLAS_STATUS_ALLOC_FAILED) throw OutOfMemory(std::string("cuBLAS, ") + what + ": no memory for its own use");
  throw KernelError(std::string("cuBLAS, ") + what + ": " + cublasGetStatusString(status));
}

cublasComputeType_t compute_of(Math math) {
  if (math == Math::tf32) return CUBLAS_COMPUTE_32F_FAST_TF32;
  if (math == Math::bf16) return CUBLAS_COMPUTE_32F_FAST_16BF;
  return CUBLAS_COMPUTE_32F_PEDANTIC;
}

}  // namespace

class Blas {
 public:
  explicit Blas(std::shared_ptr<void> stream) : stream_(std::move(stream)) {}
  Blas(const Blas&) = delete;
  Blas& operator=(const Blas&) = delete;
  ~Blas() {
    if (handle_ != nullptr) cublasDestroy(handle_);
  }
  cublasHandle_t handle() {
    const std::lock_guard lock(mutex_);
    if (handle_ != nullptr) return handle_;
    give_back_unused();  // its own memory isn't the pool's
    check_blas(cublasCreate(&handle_), "start");
    check_blas(cublasSetStream(handle_, static_cast<cudaStream_t>(stream_.get())), "stream");
    return handle_;
  }

 private:
  std::shared_ptr<void> stream_;
  std::mutex mutex_;
  cublasHandle_t handle_ = nullptr;
};

std::shared_ptr<Blas> open_blas(const std::shared_ptr<void>& stream) { return std::make_shared<Blas>(stream); }

// cuBLAS has its matrices in columns: what is given to it in rows it sees transposed, and the product with it, b^T a^T = c^T.
void multiply(const Device& device, const char* what, int count, const ProductShape& shape, const Factor& a, const Factor& b,
              bool adds, Strided<float> c) {
  const float one = 1, beta = adds ? 1.0F : 0.0F;
  const auto operation = [](const Factor& factor) { return factor.transposed ? CUBLAS_OP_T : CUBLAS_OP_N; };
  const auto leading = [](int n) { return std::max(n, 1); };  // of an empty matrix, too
  check_blas(cublasGemmStridedBatchedEx(device.blas().handle(), operation(b), operation(a), shape.columns, shape.rows,
                                        shape.terms, &one, b.of.data, CUDA_R_32F,
                                        leading(b.transposed ? shape.terms : shape.columns), b.of.stride, a.of.data, CUDA_R_32F,
                                        leading(a.transposed ? shape.rows : shape.terms), a.of.stride, &beta, c.data, CUDA_R_32F,
                                        leading(shape.columns), c.stride, count, compute_of(device.math()), CUBLAS_GEMM_DEFAULT),
             what);
}

}  // namespace syncline::kernels::cuda
