#include "tests/emulated_cuda/include/cublas_v2.h"

#include <algorithm>
#include <cmath>
#include <mutex>

#include "tests/emulated_cuda/device_memory.h"

struct cublasContext {};

namespace {

/// A matrix in columns, or the transpose of one.
struct Operand {
  const float* data;
  bool transposed;
  std::int64_t column_stride;
  float at(std::int64_t row, std::int64_t column) const {
    return transposed ? data[column + row * column_stride] : data[row + column * column_stride];
  }
};

}  // namespace

cublasStatus_t cublasCreate(cublasHandle_t* handle) {
  *handle = new cublasContext;
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasDestroy(cublasHandle_t handle) {
  delete handle;
  return CUBLAS_STATUS_SUCCESS;
}
cublasStatus_t cublasSetStream(cublasHandle_t, cudaStream_t) { return CUBLAS_STATUS_SUCCESS; }
cublasStatus_t cublasSetMathMode(cublasHandle_t, cublasMath_t) { return CUBLAS_STATUS_SUCCESS; }

const char* cublasGetStatusString(cublasStatus_t status) {
  switch (status) {
    case CUBLAS_STATUS_SUCCESS:
      return "CUBLAS_STATUS_SUCCESS";
    case CUBLAS_STATUS_NOT_INITIALIZED:
      return "CUBLAS_STATUS_NOT_INITIALIZED";
    case CUBLAS_STATUS_ALLOC_FAILED:
      return "CUBLAS_STATUS_ALLOC_FAILED";
    case CUBLAS_STATUS_INVALID_VALUE:
      return "CUBLAS_STATUS_INVALID_VALUE";
    case CUBLAS_STATUS_NOT_SUPPORTED:
      return "CUBLAS_STATUS_NOT_SUPPORTED";
  }
  return "unknown";
}

cublasStatus_t cublasSgemmStridedBatched(cublasHandle_t handle, cublasOperation_t op_a, cublasOperation_t op_b, int m, int n,
                                         int k, const float* alpha, const float* a, int lda, long long stride_a, const float* b,
                                         int ldb, long long stride_b, const float* beta, float* c, int ldc, long long stride_c,
                                         int count) {
  if (handle == nullptr) return CUBLAS_STATUS_NOT_INITIALIZED;
  const bool transposed_a = op_a == CUBLAS_OP_T, transposed_b = op_b == CUBLAS_OP_T;
  if (m < 0 || n < 0 || k < 0 || count < 0 || lda < std::max(1, transposed_a ? k : m) ||
      ldb < std::max(1, transposed_b ? n : k) || ldc < std::max(1, m)) {
    return CUBLAS_STATUS_INVALID_VALUE;
  }
  const std::lock_guard lock(syncline::emulated::device_lock());
  const syncline::emulated::DeviceMemory::Open all_open;
  for (int i = 0; i < count; ++i) {
    const Operand left{a + i * stride_a, transposed_a, lda}, right{b + i * stride_b, transposed_b, ldb};
    for (int column = 0; column < n; ++column) {
      for (int row = 0; row < m; ++row) {
        float sum = 0;
        for (int l = 0; l < k; ++l) sum = std::fma(left.at(row, l), right.at(l, column), sum);
        float& to = c[i * stride_c + row + std::int64_t{column} * ldc];
        to = *beta == 0 ? *alpha * sum : *alpha * sum + *beta * to;  // where beta is 0, C may hold anything
      }
    }
  }
  syncline::emulated::DeviceMemory::instance().check_fences();
  return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasGemmStridedBatchedEx(cublasHandle_t handle, cublasOperation_t op_a, cublasOperation_t op_b, int m, int n,
                                          int k, const void* alpha, const void* a, cudaDataType type_a, int lda,
                                          long long stride_a, const void* b, cudaDataType type_b, int ldb, long long stride_b,
                                          const void* beta, void* c, cudaDataType type_c, int ldc, long long stride_c, int count,
                                          cublasComputeType_t, cublasGemmAlgo_t) {
  if (type_a != CUDA_R_32F || type_b != CUDA_R_32F || type_c != CUDA_R_32F) return CUBLAS_STATUS_NOT_SUPPORTED;
  return cublasSgemmStridedBatched(handle, op_a, op_b, m, n, k, static_cast<const float*>(alpha), static_cast<const float*>(a),
                                   lda, stride_a, static_cast<const float*>(b), ldb, stride_b, static_cast<const float*>(beta),
                                   static_cast<float*>(c), ldc, stride_c, count);
}
