#include "kernels/low_rank/low_rank.h"

namespace syncline::kernels {

void low_rank_left(const Device& device, int count, const MatrixShape& shape, Strided<const float> m, Strided<const float> q,
                   Strided<float> p) {
  dispatch(device, reference::low_rank_left, cpu::low_rank_left, count, shape, m, q, p);
}

void low_rank_right(const Device& device, int count, const MatrixShape& shape, Strided<const float> m, Strided<const float> p,
                    Strided<float> q) {
  dispatch(device, reference::low_rank_right, cpu::low_rank_right, count, shape, m, p, q);
}

void low_rank_product(const Device& device, int count, const MatrixShape& shape, Strided<const float> p, Strided<const float> q,
                      Strided<float> out) {
  dispatch(device, reference::low_rank_product, cpu::low_rank_product, count, shape, p, q, out);
}

void low_rank_error(const Device& device, int count, const MatrixShape& shape, Strided<const float> m, Strided<const float> p,
                    Strided<const float> q, Strided<float> e) {
  dispatch(device, reference::low_rank_error, cpu::low_rank_error, count, shape, m, p, q, e);
}

void add(const Device& device, int count, std::int64_t n, Strided<const float> a, Strided<const float> b, Strided<float> out) {
  dispatch(device, reference::add, cpu::add, count, n, a, b, out);
}

void orthogonalize(const Device& device, int count, std::int64_t rows, int rank, Strided<float> a) {
  dispatch(device, reference::orthogonalize, cpu::orthogonalize, count, rows, rank, a);
}

}  // namespace syncline::kernels
