// QSGD (Alistarh et al., QSGD: communication-efficient SGD via gradient quantization and encoding, NeurIPS 2017, section
// 3.1): every element is rounded at random to one of s levels of its bucket's L2 norm, so that the mean is the element.
//
// With a = |x| s / norm, the level is floor(a), or one more with probability a - floor(a). A code is the level with its
// sign, plus s: 0 .. 2 s, in code_bits(s) bits. Codes lie in planes: of each 32 elements, word j holds bit j of all codes,
// element i at bit i % 32. So any number of bits packs tight, and a warp packs what its threads hold by shuffles alone. The bits
// beyond the last element are 0.
//
// A bucket of zeros decodes to zeros. A bucket with a NaN or infinite element, or whose squares overflow (elements beyond
// 1e19), decodes to NaN or infinity throughout: it isn't hidden from the receivers. Squares of elements below 1e-19 lose
// accuracy or vanish, and with them the guarantee for a bucket that has no larger ones.
#pragma once

#include <bit>
#include <cstdint>

#include "kernels/cost.h"
#include "kernels/device.h"

namespace syncline::kernels {

struct QsgdShape {
  std::int64_t n;
  int levels;           // s, 1 .. kMostLevels
  std::int64_t bucket;  // elements that share one norm, >= 1; the last bucket may be shorter
  int first_row = 0;    // the number of the first row here, where other rows of the same key are elsewhere
};

inline constexpr int kMostLevels = 32767;

/// ceil(log2(2 levels + 1)).
constexpr int code_bits(int levels) { return std::bit_width(2 * static_cast<unsigned>(levels)); }
constexpr std::int64_t qsgd_norms(const QsgdShape& shape) { return (shape.n + shape.bucket - 1) / shape.bucket; }
constexpr std::int64_t qsgd_words(const QsgdShape& shape) { return (shape.n + 31) / 32 * code_bits(shape.levels); }

/// On the wire, per rank: norms and codes.
constexpr std::int64_t qsgd_payload_bytes(const QsgdShape& shape) { return 4 * (qsgd_norms(shape) + qsgd_words(shape)); }

/// Encodes x [count][n] as norms [count][qsgd_norms] and codes [count][qsgd_words]. Row r draws its random numbers from
/// stream first_row + r of `key` (kernels/random.h). Throws KernelError for levels or bucket out of range.
void qsgd_encode(const Device& device, int count, const QsgdShape& shape, Strided<const float> x, std::uint64_t key,
                 Strided<float> norms, Strided<std::uint32_t> codes);

/// out [n]: the mean of what `count` ranks encoded, norm / s * level, summed in the order of the ranks, times 1 / count.
void qsgd_mean(const Device& device, int count, const QsgdShape& shape, Strided<const float> norms,
               Strided<const std::uint32_t> codes, float* out);

/// Per element 2 operations for the norm, 7 to round and pack, and a quarter of Philox's 10 rounds of 8. A bucket that fits
/// into a thread block's shared memory is read once; larger ones need a launch and a reading of their own for the norms.
/// (So do, here, those that aren't a multiple of 64.)
constexpr KernelCost qsgd_encode_cost(const QsgdShape& shape) {
  const bool twice = shape.bucket > 8192;
  return kernel_cost(29 * shape.n, (twice ? 8 : 4) * shape.n + qsgd_payload_bytes(shape), twice ? 2 : 1);
}

/// Per rank and element: gathering the code's bits, and a multiplication and an addition.
constexpr KernelCost qsgd_mean_cost(const QsgdShape& shape, int count) {
  return kernel_cost((code_bits(shape.levels) + 2) * count * shape.n, count * qsgd_payload_bytes(shape) + 4 * shape.n, 1);
}

namespace reference {
decltype(kernels::qsgd_encode) qsgd_encode;
decltype(kernels::qsgd_mean) qsgd_mean;
}  // namespace reference

namespace cpu {
decltype(kernels::qsgd_encode) qsgd_encode;
decltype(kernels::qsgd_mean) qsgd_mean;
}  // namespace cpu

namespace cuda {
decltype(kernels::qsgd_encode) qsgd_encode;
decltype(kernels::qsgd_mean) qsgd_mean;
}  // namespace cuda

}  // namespace syncline::kernels
