#include "tools/profiling/kernel_benchmarks.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "kernels/add/add.h"
#include "kernels/average/average.h"
#include "kernels/low_rank/low_rank.h"
#include "kernels/narrow/narrow.h"
#include "kernels/qsgd/qsgd.h"
#include "kernels/sgd/sgd.h"
#include "kernels/sign/sign.h"
#include "kernels/top_k/top_k.h"

namespace syncline::tools {
namespace {

using kernels::Device;
using kernels::KernelCost;
using Work = std::function<void()>;

constexpr int kLevels = 127;
constexpr std::int64_t kNormBucket = 512;
constexpr int kRank = 4;
constexpr std::int64_t kDensity = 100;  // one of so many elements travels by Top-k

kernels::QsgdShape qsgd_shape(std::int64_t n) { return {n, kLevels, kNormBucket}; }
std::int64_t kept_elements(std::int64_t n) { return std::max<std::int64_t>(1, n / kDensity); }

Work sign(const Device& device, const KernelSize& size) {
  const std::int64_t n = size.elements;
  return [device, n, x = normal_numbers(device, n), bits = kept<std::uint32_t>(device, kernels::sign_words(n))] {
    kernels::sign_pack(device, 1, n, {x->data(), n}, {bits->data(), kernels::sign_words(n)});
  };
}

Work majority_vote(const Device& device, const KernelSize& size) {
  const std::int64_t n = size.elements, words = kernels::sign_words(n);
  return [device, n, words, ranks = size.ranks, bits = kept<std::uint32_t>(device, words * size.ranks),
          out = kept<float>(device, n)] {
    kernels::majority_vote(device, ranks, n, {bits->data(), words}, out->data());
  };
}

Work scaled_sign(const Device& device, const KernelSize& size) {
  const std::int64_t n = size.elements, words = kernels::sign_words(n);
  return [device, n, words, x = normal_numbers(device, n), error = kept<float>(device, n),
          bits = kept<std::uint32_t>(device, words), scale = kept<float>(device, 1)] {
    kernels::scaled_sign_encode(device, 1, n, {x->data(), n}, {error->data(), n}, {bits->data(), words}, scale->data());
  };
}

Work mean_of_signs(const Device& device, const KernelSize& size) {
  const std::int64_t n = size.elements, words = kernels::sign_words(n);
  return [device, n, words, ranks = size.ranks, bits = kept<std::uint32_t>(device, words * size.ranks),
          scale = normal_numbers(device, size.ranks), out = kept<float>(device, n)] {
    kernels::scaled_sign_mean(device, ranks, n, {bits->data(), words}, scale->data(), out->data());
  };
}

Work quantize(const Device& device, const KernelSize& size) {
  const kernels::QsgdShape shape = qsgd_shape(size.elements);
  const std::int64_t norms = kernels::qsgd_norms(shape), words = kernels::qsgd_words(shape);
  return [device, shape, norms, words, x = normal_numbers(device, shape.n), of = kept<float>(device, norms),
          codes = kept<std::uint32_t>(device, words)] {
    kernels::qsgd_encode(device, 1, shape, {x->data(), shape.n}, 1, {of->data(), norms}, {codes->data(), words});
  };
}

Work mean_of_codes(const Device& device, const KernelSize& size) {
  const kernels::QsgdShape shape = qsgd_shape(size.elements);
  const std::int64_t norms = kernels::qsgd_norms(shape), words = kernels::qsgd_words(shape);
  return [device, shape, norms, words, ranks = size.ranks, of = normal_numbers(device, norms * size.ranks),
          codes = kept<std::uint32_t>(device, words * size.ranks), out = kept<float>(device, shape.n)] {
    kernels::qsgd_mean(device, ranks, shape, {of->data(), norms}, {codes->data(), words}, out->data());
  };
}

// The error is what the runs before have left, so that magnitudes are not all alike.
Work top_k(const Device& device, const KernelSize& size) {
  const std::int64_t n = size.elements, k = kept_elements(n);
  return [device, n, k, x = normal_numbers(device, n), error = kept<float>(device, n), values = kept<float>(device, k),
          indices = kept<std::int32_t>(device, k)] {
    kernels::top_k_encode(device, 1, n, k, {x->data(), n}, {error->data(), n}, {values->data(), k}, {indices->data(), k});
  };
}

Work mean_of_sparse(const Device& device, const KernelSize& size) {
  const std::int64_t n = size.elements, k = kept_elements(n);
  std::vector<std::int32_t> rising(static_cast<std::size_t>(k * size.ranks));
  for (std::size_t i = 0; i < rising.size(); ++i) {
    rising[i] = static_cast<std::int32_t>(static_cast<std::int64_t>(i) % k * n / k);
  }
  const auto indices = kept<std::int32_t>(device, k * size.ranks);
  indices->upload(rising);
  return
      [device, n, k, ranks = size.ranks, indices, values = normal_numbers(device, k * size.ranks), out = kept<float>(device, n)] {
        kernels::top_k_mean(device, ranks, n, k, {values->data(), k}, {indices->data(), k}, out->data());
      };
}

template <kernels::Narrow format>
Work narrow(const Device& device, const KernelSize& size) {
  const std::int64_t n = size.elements;
  return [device, n, x = normal_numbers(device, n), to = kept<float>(device, n)] {
    kernels::round_narrow(device, 1, n, format, {x->data(), n}, {to->data(), n});
  };
}

Work add(const Device& device, const KernelSize& size) {
  const std::int64_t n = size.elements;
  return [device, n, a = normal_numbers(device, n), b = normal_numbers(device, n), out = kept<float>(device, n)] {
    kernels::add(device, 1, n, {a->data(), n}, {b->data(), n}, {out->data(), n});
  };
}

Work update(const Device& device, const KernelSize& size) {
  const std::int64_t n = size.elements;
  return [device, n, g = normal_numbers(device, n), v = kept<float>(device, n), w = normal_numbers(device, n)] {
    kernels::sgd_update(device, 1, n, {1e-3F, 0.9F, 1e-4F}, {g->data(), n}, {v->data(), n}, {w->data(), n});
  };
}

Work average(const Device& device, const KernelSize& size) {
  const std::int64_t n = size.elements;
  return [device, n, ranks = size.ranks, x = kept<float>(device, n * size.ranks), out = kept<float>(device, n)] {
    kernels::average(device, ranks, n, {x->data(), n}, out->data());
  };
}

/// One square matrix of about as many elements, and its factors.
struct LowRankArrays {
  LowRankArrays(const Device& device, const kernels::MatrixShape& of)
      : shape(of),
        batch(device, {{shape}}),
        m(normal_numbers(device, shape.rows * shape.cols)),
        other(normal_numbers(device, shape.rows * shape.cols)),
        p(normal_numbers(device, shape.rows * shape.rank)),
        q(normal_numbers(device, shape.cols * shape.rank)) {}
  kernels::MatrixShape shape;
  kernels::LowRankBatch batch;
  std::shared_ptr<kernels::Buffer<float>> m, other, p, q;
};

kernels::MatrixShape matrix_of(const KernelSize& size) {
  const auto side = std::max<std::int64_t>(kRank, static_cast<std::int64_t>(std::sqrt(static_cast<double>(size.elements))));
  return {side, side, kRank};
}

// The same kernels under each name as Power-SGD's program has there.
Work left_factor(const Device& device, const KernelSize& size) {
  return [device, a = std::make_shared<LowRankArrays>(device, matrix_of(size))] {
    const std::int64_t n = a->shape.rows * a->shape.cols;
    kernels::add(device, 1, n, {a->m->data(), n}, {a->other->data(), n}, {a->other->data(), n});
    kernels::low_rank_left(device, 1, a->batch, {a->other->data(), 0}, {a->q->data(), 0}, {a->p->data(), 0});
  };
}
KernelCost left_factor_cost(const KernelSize& size) {
  const kernels::MatrixShape shape = matrix_of(size);
  return kernels::add_cost(shape.rows * shape.cols) + kernels::low_rank_left_cost(shape);
}

Work right_factor(const Device& device, const KernelSize& size) {
  return [device, a = std::make_shared<LowRankArrays>(device, matrix_of(size))] {
    kernels::orthogonalize(device, 1, a->batch, kernels::LowRankFactor::p, {a->p->data(), 0});
    kernels::low_rank_right(device, 1, a->batch, {a->m->data(), 0}, {a->p->data(), 0}, {a->q->data(), 0});
  };
}
KernelCost right_factor_cost(const KernelSize& size) {
  const kernels::MatrixShape shape = matrix_of(size);
  return kernels::orthogonalize_cost(shape.rows, shape.rank) + kernels::low_rank_right_cost(shape);
}

Work product(const Device& device, const KernelSize& size) {
  return [device, a = std::make_shared<LowRankArrays>(device, matrix_of(size))] {
    kernels::low_rank_error(device, 1, a->batch, {a->m->data(), 0}, {a->p->data(), 0}, {a->q->data(), 0}, {a->m->data(), 0});
    kernels::low_rank_product(device, 1, a->batch, {a->p->data(), 0}, {a->q->data(), 0}, {a->other->data(), 0});
  };
}
KernelCost product_cost(const KernelSize& size) {
  const kernels::MatrixShape shape = matrix_of(size);
  return kernels::low_rank_error_cost(shape) + kernels::low_rank_product_cost(shape);
}

}  // namespace

std::shared_ptr<kernels::Buffer<float>> normal_numbers(const Device& device, std::int64_t elements) {
  constexpr std::size_t kDrawn = 1'000'003;  // a prime, so that no kernel meets the same ones at the same places
  static const std::vector<float> drawn = [] {
    std::mt19937 random(1);
    std::normal_distribution<float> normal;
    std::vector<float> numbers(kDrawn);
    std::ranges::generate(numbers, [&] { return normal(random); });
    return numbers;
  }();
  std::vector<float> all(static_cast<std::size_t>(elements));
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = drawn[i % kDrawn];
  auto buffer = kept<float>(device, elements);
  buffer->upload(all);
  return buffer;
}

std::span<const KernelBenchmark> kernel_benchmarks() {
  using Size = const KernelSize&;
  static const KernelBenchmark rows[] = {
      {"sign", true, [](Size s) { return kernels::sign_pack_cost(s.elements); }, sign},
      {"majority vote", true, [](Size s) { return kernels::majority_vote_cost(s.elements, s.ranks); }, majority_vote},
      {"scaled sign", true, [](Size s) { return kernels::scaled_sign_encode_cost(s.elements); }, scaled_sign},
      {"mean of signs", true, [](Size s) { return kernels::scaled_sign_mean_cost(s.elements, s.ranks); }, mean_of_signs},
      {"quantize", true, [](Size s) { return kernels::qsgd_encode_cost(qsgd_shape(s.elements)); }, quantize},
      {"mean of codes", true, [](Size s) { return kernels::qsgd_mean_cost(qsgd_shape(s.elements), s.ranks); }, mean_of_codes},
      {"top-k", true, [](Size s) { return kernels::top_k_encode_cost(s.elements, kept_elements(s.elements)); }, top_k},
      {"mean of sparse", true, [](Size s) { return kernels::top_k_mean_cost(s.elements, kept_elements(s.elements), s.ranks); },
       mean_of_sparse},
      {"P = M Q", true, left_factor_cost, left_factor},
      {"Q = M^T P", true, right_factor_cost, right_factor},
      {"P Q^T", true, product_cost, product},
      {"to fp16 and back", false, [](Size s) { return kernels::kernel_cost(s.elements, 8 * s.elements, 1); },
       narrow<kernels::Narrow::fp16>},
      {"to bf16 and back", false, [](Size s) { return kernels::kernel_cost(s.elements, 8 * s.elements, 1); },
       narrow<kernels::Narrow::bf16>},
      {"error feedback", false, [](Size s) { return kernels::add_cost(s.elements); }, add},
      {"update", false, [](Size s) { return kernels::sgd_update_cost(s.elements); }, update},
      {"average", false, [](Size s) { return kernels::kernel_cost(s.ranks * s.elements, 4 * (s.ranks + 1) * s.elements, 1); },
       average},
  };
  return rows;
}

}  // namespace syncline::tools
