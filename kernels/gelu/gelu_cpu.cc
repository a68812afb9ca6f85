#include <numbers>

#include "kernels/blocks.h"
#include "kernels/exp_lanes.h"
#include "kernels/gelu/gelu.h"

namespace syncline::kernels::cpu {
namespace {

constexpr std::int64_t kBlock = 4096;  // elements of a task
constexpr float kSqrtHalf = std::numbers::sqrt2_v<float> / 2;
constexpr float kDensityAtZero = std::numbers::inv_sqrtpi_v<float> * kSqrtHalf;

struct Normal {
  Lanes distribution, density;
};

/// By Abramowitz & Stegun, Handbook of Mathematical Functions, 7.1.26: for z >= 0, 1 - erf(z) is a polynomial of
/// t = 1 / (1 + p z) times exp(-z^2), within 1.5e-7. With z = |x| / sqrt(2) that is the exponential of the density, too.
Normal normal_at(const Lanes& x) {
  constexpr float kP = 0.3275911F, kCoefficients[] = {-1.453152027F, 1.421413741F, -0.284496736F, 0.254829592F};
  const Lanes exponential = exp_of(x * x * -0.5F);
  const Lanes t = Lanes::of(1.0F, magnitude(x) * (kP * kSqrtHalf) + 1.0F,
                            [](const Lanes::Part& one, const Lanes::Part& below) { return one / below; });
  Lanes polynomial = 1.061405429F;
  for (const float coefficient : kCoefficients) polynomial = polynomial * t + coefficient;
  const Lanes tail = polynomial * t * exponential * 0.5F;  // the distribution at -|x|
  return {select(x < 0.0F, tail, 1.0F - tail), exponential * kDensityAtZero};
}

/// body(r, i, left) for every 16 elements, from i, of every replica, where `left` are left of its block.
template <class Body>
void for_each_lanes(const Device& device, std::int64_t n, int count, const Body& body) {
  for_each_row_and_block(device, count, blocks_of(n, kBlock), [&](int r, std::int64_t block) {
    const std::int64_t end = std::min(n, (block + 1) * kBlock);
    for (std::int64_t i = block * kBlock; i < end; i += kLanes) body(r, i, end - i);
  });
}

}  // namespace

void gelu_forward(const Device& device, std::int64_t features, Replicas replicas, Strided<const float> x, Strided<float> y) {
  for_each_lanes(device, features * replicas.batch, replicas.count, [&](int r, std::int64_t i, std::int64_t left) {
    const Lanes at = load_up_to<Lanes>(x.of(r) + i, left);
    store_up_to(y.of(r) + i, at * normal_at(at).distribution, left);
  });
}

void gelu_backward(const Device& device, std::int64_t features, Replicas replicas, Strided<const float> x,
                   Strided<const float> dy, Strided<float> dx) {
  for_each_lanes(device, features * replicas.batch, replicas.count, [&](int r, std::int64_t i, std::int64_t left) {
    const Lanes at = load_up_to<Lanes>(x.of(r) + i, left);
    const Normal normal = normal_at(at);
    store_up_to(dx.of(r) + i, load_up_to<Lanes>(dy.of(r) + i, left) * (normal.distribution + at * normal.density), left);
  });
}

}  // namespace syncline::kernels::cpu
