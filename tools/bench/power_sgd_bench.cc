// power_sgd_bench [MODEL [RANK [BACKEND]]]: milliseconds of the kernels of one Power-SGD step of one worker, over all matrices of a
// network in one bucket: feedback, P = M Q, orthogonalisation, Q = M^T P, error and decoded gradient; without the all-reduces. Prints
// the median. `tools/bench/torch_gpu.py power-sgd` times the same in PyTorch, tensor by tensor.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

#include "kernels/stopwatch.h"
#include "models/training/buckets.h"
#include "models/training/low_rank_layout.h"
#include "sim/random.h"

namespace {

using namespace syncline;

kernels::Buffer<float> normal_numbers(const kernels::Device& device, std::int64_t n) {
  sim::RandomStream random(1, "power-sgd");
  std::vector<float> values(static_cast<std::size_t>(n));
  for (float& value : values) value = static_cast<float>(random.normal());
  kernels::Buffer<float> buffer(device, values.size());
  buffer.upload(values);
  return buffer;
}

double step_milliseconds(const models::ModelRow& row, int rank, const kernels::Device& device) {
  const models::Dnn dnn = row.make(row.standard);
  const models::Bucket bucket = models::single_bucket(dnn).front();
  const models::LowRankLayout layout(bucket, rank);
  const models::LowRankParts parts(device, layout);
  const std::int64_t n = bucket.elements();
  const kernels::Buffer<float> gradient = normal_numbers(device, n);
  kernels::Buffer<float> error(device, static_cast<std::size_t>(n)), mean(device, static_cast<std::size_t>(n));
  kernels::Buffer<float> p(device, static_cast<std::size_t>(layout.p_elements)), q = normal_numbers(device, layout.q_elements);

  const auto step = [&] {
    kernels::add_segments(device, 1, parts.in_place, {gradient.data(), 0}, {error.data(), 0}, {error.data(), 0});
    kernels::low_rank_left(device, 1, parts.matrices, {error.data(), 0}, {q.data(), 0}, {p.data(), 0});
    kernels::orthogonalize(device, 1, parts.matrices, kernels::LowRankFactor::p, {p.data(), 0});
    kernels::low_rank_right(device, 1, parts.matrices, {error.data(), 0}, {p.data(), 0}, {q.data(), 0});
    kernels::low_rank_error(device, 1, parts.matrices, {error.data(), 0}, {p.data(), 0}, {q.data(), 0}, {error.data(), 0});
    kernels::low_rank_product(device, 1, parts.matrices, {p.data(), 0}, {q.data(), 0}, {mean.data(), 0});
  };
  return 1000 * kernels::Stopwatch(device, 1.0).median(step);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const kernels::Backend backend = argc > 3 ? kernels::parse_backend(argv[3]) : kernels::fastest_backend();
    const models::ModelRow& row = models::model(argc > 1 ? argv[1] : "bert-large");
    std::printf("%.3f\n", step_milliseconds(row, argc > 2 ? std::atoi(argv[2]) : 32, kernels::Device::open(backend)));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "power_sgd_bench: %s\n", error.what());
    return 2;
  }
}
