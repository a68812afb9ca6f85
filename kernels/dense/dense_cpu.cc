#include "kernels/dense/dense.h"
#include "kernels/gather_gemm.h"

namespace syncline::kernels::cpu {
namespace {

std::vector<std::int64_t> multiples(std::int64_t count, std::int64_t step) {
  std::vector<std::int64_t> offset(static_cast<std::size_t>(count));
  for (std::int64_t k = 0; k < count; ++k) offset[static_cast<std::size_t>(k)] = k * step;
  return offset;
}

std::vector<GemmColumns> columns_of(std::int64_t width) {
  std::vector<GemmColumns> columns;
  add_columns(0, 0, width, columns);
  return columns;
}

/// x [rows][batch], as it is where its rows are whole lanes.
const float* whole_rows(std::int64_t rows, std::int64_t batch, const float* x) {
  if (batch == whole_lanes(batch)) return x;
  float* padded = gemm_scratch(0, rows * whole_lanes(batch));
  pad_rows(rows, batch, x, padded);
  return padded;
}

/// x [in][batch] as [sample][whole_lanes(in)]; the surplus is 0.
const float* transposed(std::int64_t in, std::int64_t batch, const float* x) {
  const std::int64_t row = whole_lanes(in);
  float* to = gemm_scratch(0, batch * row);
  for (std::int64_t block = 0; block < in; block += 16) {
    const std::int64_t end = std::min(in, block + 16);
    for (std::int64_t s = 0; s < batch; ++s) {
      for (std::int64_t i = block; i < end; ++i) to[s * row + i] = x[i * batch + s];
      std::fill_n(to + s * row + end, block + 16 - end, 0.0F);
    }
  }
  return to;
}

}  // namespace

void dense_forward(const Device& device, const DenseShape& shape, Replicas replicas, Strided<const float> x,
                   Strided<const float> w, Strided<const float> bias, Strided<float> y) {
  const std::vector<std::int64_t> offset = multiples(shape.in, whole_lanes(replicas.batch));
  const std::vector<GemmColumns> columns = columns_of(replicas.batch);
  parallel_for(device, replicas.count, [&](std::int64_t r) {
    const float* in = whole_rows(shape.in, replicas.batch, x.of(r));
    gather_gemm(shape.out, {w.of(r), shape.in, 1}, offset, in, columns, bias.of(r), y.of(r), replicas.batch);
  });
}

void dense_backward_input(const Device& device, const DenseShape& shape, Replicas replicas, Strided<const float> dy,
                          Strided<const float> w, Strided<float> dx) {
  const std::vector<std::int64_t> offset = multiples(shape.out, whole_lanes(replicas.batch));
  const std::vector<GemmColumns> columns = columns_of(replicas.batch);
  parallel_for(device, replicas.count, [&](std::int64_t r) {
    const float* out = whole_rows(shape.out, replicas.batch, dy.of(r));
    gather_gemm(shape.in, {w.of(r), 1, shape.in}, offset, out, columns, nullptr, dx.of(r), replicas.batch);
  });
}

void dense_backward_weights(const Device& device, const DenseShape& shape, Replicas replicas, Strided<const float> x,
                            Strided<const float> dy, Strided<float> dw, Strided<float> dbias) {
  const std::int64_t batch = replicas.batch;
  const std::vector<std::int64_t> offset = multiples(batch, whole_lanes(shape.in));
  const std::vector<GemmColumns> columns = columns_of(shape.in);
  parallel_for(device, replicas.count, [&](std::int64_t r) {
    const float* samples = transposed(shape.in, batch, x.of(r));
    gather_gemm(shape.out, {dy.of(r), batch, 1}, offset, samples, columns, nullptr, dw.of(r), shape.in);
    if (dbias.data == nullptr) return;
    for (std::int64_t o = 0; o < shape.out; ++o) dbias.of(r)[o] = lane_total(dy.of(r) + o * batch, batch);
  });
}

}  // namespace syncline::kernels::cpu
