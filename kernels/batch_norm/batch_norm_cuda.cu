#include "kernels/batch_norm/batch_norm.h"
#include "kernels/moments.h"
#include "kernels/packs.cuh"
#include "kernels/pair_sum.cuh"

namespace syncline::kernels::cuda {
namespace {

/// The moments' terms of a channel.
struct MomentTerms {
  Strided<const float> x;
  std::int64_t n;
  struct OfChannel {
    const float* x;
    float shift;
    __device__ Pair operator()(std::int64_t i) const { return moment_terms(x[i], shift); }
  };
  __device__ OfChannel operator()(int r, int channel) const {
    const float* const from = x.of(r) + channel * n;
    return {from, *from};
  }
};

struct Moments {
  Strided<const float> x;
  Strided<float> mean, scale;
  std::int64_t n;
  float epsilon;
  __device__ void operator()(int r, int channel, const Pair& sums) const {
    mean.of(r)[channel] = mean_of(x.of(r)[channel * n], sums, n);
    scale.of(r)[channel] = static_cast<float>(1 / sqrt(variance_of(sums, n) + static_cast<double>(epsilon)));
  }
};

/// The terms of a channel's dbias and dweight.
struct GradientTerms {
  Strided<const float> x, dy, mean, scale;
  std::int64_t n;
  struct OfChannel {
    const float *x, *dy;
    float mean, scale;
    __device__ Pair operator()(std::int64_t i) const { return {dy[i], dy[i] * ((x[i] - mean) * scale)}; }
  };
  __device__ OfChannel operator()(int r, int channel) const {
    return {x.of(r) + channel * n, dy.of(r) + channel * n, mean.of(r)[channel], scale.of(r)[channel]};
  }
};

struct Gradients {
  Strided<float> dweight, dbias;
  __device__ void operator()(int r, int channel, const Pair& sums) const {
    dbias.of(r)[channel] = static_cast<float>(sums.first);
    dweight.of(r)[channel] = static_cast<float>(sums.second);
  }
};

struct Normalised {
  Strided<const float> weight, bias, mean, scale;
  struct OfChannel {
    float weight, bias, mean, scale;
    __device__ float operator()(float x) const { return (x - mean) * scale * weight + bias; }
  };
  __device__ OfChannel operator()(std::int64_t r, int channel) const {
    return {weight.of(r)[channel], bias.of(r)[channel], mean.of(r)[channel], scale.of(r)[channel]};
  }
};

struct BackThrough {
  Strided<const float> weight, mean, scale, dweight, dbias;
  float share;
  struct OfChannel {
    float slope, mean, scale, offset, pull;
    __device__ float operator()(float x, float dy) const { return (dy - offset - (x - mean) * scale * pull) * slope; }
  };
  __device__ OfChannel operator()(std::int64_t r, int channel) const {
    const float factor = scale.of(r)[channel];
    return {factor * weight.of(r)[channel], mean.of(r)[channel], factor, dbias.of(r)[channel] * share,
            dweight.of(r)[channel] * share};
  }
};

/// out = function(replica, channel)(in...) for each number of a replica's channels, of n each.
template <int kSize, class Function, class... In>
__global__ void map_channels(int replicas, int channels, int n, Function function, Strided<float> out, Strided<In>... in) {
  const std::int64_t i = this_element() * kSize;
  if (i >= std::int64_t{channels} * n) return;
  const int channel = static_cast<int>(i) / n;
  for (std::int64_t r = blockIdx.y; r < replicas; r += gridDim.y) {
    const auto of_channel = function(r, channel);
    const auto of_row = [&](std::int64_t, auto... x) { return of_channel(x...); };
    store_pack<kSize>(out.of(r) + i, map_pack<kSize>(of_row, r, load_pack<kSize>(in.of(r) + i)...));
  }
}

template <class Function, class... In>
void launch_map(const Device& device, const char* what, int replicas, int channels, int n, const Function& function,
                Strided<float> out, Strided<In>... in) {
  const std::int64_t all = std::int64_t{channels} * n;
  if (take_packs(n, out, in...)) {
    launch(device, what, map_channels<kPackSize, Function, In...>, {blocks_for(all / kPackSize), replicas}, replicas, channels, n,
           function, out, in...);
  } else {
    launch(device, what, map_channels<1, Function, In...>, {blocks_for(all), replicas}, replicas, channels, n, function, out,
           in...);
  }
}

/// The numbers of a channel.
int size_of_channel(const BatchNormShape& shape, Replicas replicas, const char* what) {
  as_int(std::int64_t{shape.channels} * shape.pixels * replicas.batch, what);
  return shape.pixels * replicas.batch;
}

template <class T>
Strided<const T> read(Strided<T> rows) {
  return {rows.data, rows.stride};
}

}  // namespace

void batch_norm_forward(const Device& device, const BatchNormShape& shape, Replicas replicas, Strided<const float> x,
                        Strided<const float> weight, Strided<const float> bias, Strided<float> y, Strided<float> mean,
                        Strided<float> scale) {
  constexpr const char* kWhat = "batch_norm_forward";
  const int n = size_of_channel(shape, replicas, kWhat);
  launch_pair_sums(device, kWhat, replicas.count, shape.channels, n, MomentTerms{x, n},
                   Moments{x, mean, scale, n, shape.epsilon});
  launch_map(device, kWhat, replicas.count, shape.channels, n, Normalised{weight, bias, read(mean), read(scale)}, y, x);
}

void batch_norm_backward(const Device& device, const BatchNormShape& shape, Replicas replicas, Strided<const float> x,
                         Strided<const float> dy, Strided<const float> weight, Strided<const float> mean,
                         Strided<const float> scale, Strided<float> dx, Strided<float> dweight, Strided<float> dbias) {
  constexpr const char* kWhat = "batch_norm_backward";
  const int n = size_of_channel(shape, replicas, kWhat);
  launch_pair_sums(device, kWhat, replicas.count, shape.channels, n, GradientTerms{x, dy, mean, scale, n},
                   Gradients{dweight, dbias});
  const BackThrough back{weight, mean, scale, read(dweight), read(dbias), 1.0F / static_cast<float>(n)};
  launch_map(device, kWhat, replicas.count, shape.channels, n, back, dx, x, dy);
}

}  // namespace syncline::kernels::cuda
