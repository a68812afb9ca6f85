#include "kernels/sign/sign.h"

#include "kernels/dispatch.h"

namespace syncline::kernels {

void sign_pack(const Device& device, int count, std::int64_t n, Strided<const float> x, Strided<std::uint32_t> bits) {
  dispatch(device, reference::sign_pack, cpu::sign_pack, SYNCLINE_IF_CUDA(cuda::sign_pack), count, n, x, bits);
}

void majority_vote(const Device& device, int voters, std::int64_t n, Strided<const std::uint32_t> bits, float* out) {
  dispatch(device, reference::majority_vote, cpu::majority_vote, SYNCLINE_IF_CUDA(cuda::majority_vote), voters, n, bits, out);
}

void scaled_sign_encode(const Device& device, int count, std::int64_t n, Strided<const float> gradient, Strided<float> error,
                        Strided<std::uint32_t> bits, float* scale) {
  dispatch(device, reference::scaled_sign_encode, cpu::scaled_sign_encode, SYNCLINE_IF_CUDA(cuda::scaled_sign_encode), count, n,
           gradient, error, bits, scale);
}

void scaled_sign_mean(const Device& device, int count, std::int64_t n, Strided<const std::uint32_t> bits, const float* scale,
                      float* out) {
  dispatch(device, reference::scaled_sign_mean, cpu::scaled_sign_mean, SYNCLINE_IF_CUDA(cuda::scaled_sign_mean), count, n, bits,
           scale, out);
}

}  // namespace syncline::kernels
