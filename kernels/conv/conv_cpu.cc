// Convolutions as products of matrices that are never built: a window's values are found by an offset from its corner, in an
// image with a border of zeros. The gradient of the input is itself a convolution, of dy with w turned around.
#include "kernels/conv/conv.h"
#include "kernels/gather_gemm.h"

namespace syncline::kernels::cpu {
namespace {

/// Images [channel][height][width][whole lanes of samples].
struct Canvas {
  std::int64_t channels, height, width, samples;
  std::int64_t size() const { return channels * height * width * samples; }
  std::int64_t at(std::int64_t channel, std::int64_t y, std::int64_t x) const {
    return ((channel * height + y) * width + x) * samples;
  }
};

/// Offsets of a window's values, in the order of the weights of one output channel.
std::vector<std::int64_t> window_offsets(const Canvas& canvas, int kernel) {
  std::vector<std::int64_t> offset;
  for (std::int64_t c = 0; c < canvas.channels; ++c) {
    for (int i = 0; i < kernel * kernel; ++i) offset.push_back(canvas.at(c, i / kernel, i % kernel));
  }
  return offset;
}

/// Offsets of the windows' corners.
std::vector<std::int64_t> corners(const Canvas& canvas, int rows, int columns, int stride) {
  std::vector<std::int64_t> corner;
  for (int y = 0; y < rows; ++y) {
    for (int x = 0; x < columns; ++x) corner.push_back(canvas.at(0, y * stride, x * stride));
  }
  return corner;
}

/// Puts image pixel (y, x) at (border + y * step, border + x * step) on a canvas of zeros.
void place(const float* image, int height, int width, int batch, int border, int step, const Canvas& canvas, float* to) {
  std::fill_n(to, canvas.size(), 0.0F);
  for (std::int64_t c = 0; c < canvas.channels; ++c) {
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x, image += batch) {
        std::copy_n(image, batch, to + canvas.at(c, border + y * step, border + x * step));
      }
    }
  }
}

Canvas input_canvas(const ConvShape& shape, int batch) {
  return {shape.in_channels, shape.height + 2 * shape.padding, shape.width + 2 * shape.padding, whole_lanes(batch)};
}

const float* bordered_input(const ConvShape& shape, int batch, const Canvas& canvas, const float* x) {
  if (shape.padding == 0 && canvas.samples == batch) return x;
  float* bordered = gemm_scratch(0, canvas.size());
  place(x, shape.height, shape.width, batch, shape.padding, 1, canvas, bordered);
  return bordered;
}

/// The samples at every corner, as columns of [corner][batch].
std::vector<GemmColumns> columns_of(const std::vector<std::int64_t>& corner, int batch) {
  std::vector<GemmColumns> columns;
  for (std::size_t p = 0; p < corner.size(); ++p) add_columns(corner[p], static_cast<std::int64_t>(p) * batch, batch, columns);
  return columns;
}

/// w [out][in][k][k] as [in][out][k][k], each kernel turned by half a turn.
void turn(const ConvShape& shape, const float* w, float* turned) {
  const std::int64_t kernel = std::int64_t{shape.kernel} * shape.kernel;
  for (std::int64_t o = 0; o < shape.out_channels; ++o) {
    for (std::int64_t c = 0; c < shape.in_channels; ++c, w += kernel) {
      std::reverse_copy(w, w + kernel, turned + (c * shape.out_channels + o) * kernel);
    }
  }
}

}  // namespace

void conv_forward(const Device& device, const ConvShape& shape, Replicas replicas, Strided<const float> x, Strided<const float> w,
                  Strided<const float> bias, Strided<float> y) {
  const Canvas canvas = input_canvas(shape, replicas.batch);
  const auto window = window_offsets(canvas, shape.kernel);
  const auto corner = corners(canvas, shape.out_height(), shape.out_width(), shape.stride);
  const auto columns = columns_of(corner, replicas.batch);
  const std::int64_t row = static_cast<std::int64_t>(corner.size()) * replicas.batch;
  parallel_for(device, replicas.count, [&](std::int64_t r) {
    const float* bordered = bordered_input(shape, replicas.batch, canvas, x.of(r));
    const GemmMatrix weights{w.of(r), static_cast<std::int64_t>(window.size()), 1};
    gather_gemm(shape.out_channels, weights, window, bordered, columns, bias.of(r), y.of(r), row);
  });
}

// Pixel y of the input meets row ky of the kernel in the output row (y + padding - ky) / stride, where that is whole: with dy
// spread out by the stride, at kernel - 1 - padding from the border, it lies kernel - 1 - ky below the corner y.
void conv_backward_input(const Device& device, const ConvShape& shape, Replicas replicas, Strided<const float> dy,
                         Strided<const float> w, Strided<float> dx) {
  const int border = std::max(shape.kernel - 1 - shape.padding, 0);
  const int skipped = border - (shape.kernel - 1 - shape.padding);  // of a canvas whose corner lies further out
  const std::int64_t height = shape.height + shape.kernel - 1 + 2 * skipped, width = shape.width + shape.kernel - 1 + 2 * skipped;
  const Canvas canvas{shape.out_channels, height, width, whole_lanes(replicas.batch)};
  const auto window = window_offsets(canvas, shape.kernel);
  auto corner = corners(canvas, shape.height, shape.width, 1);
  for (std::int64_t& c : corner) c += canvas.at(0, skipped, skipped);
  const auto columns = columns_of(corner, replicas.batch);
  const std::int64_t row = static_cast<std::int64_t>(corner.size()) * replicas.batch;
  parallel_for(device, replicas.count, [&](std::int64_t r) {
    float* spread = gemm_scratch(0, canvas.size());
    place(dy.of(r), shape.out_height(), shape.out_width(), replicas.batch, border, shape.stride, canvas, spread);
    float* turned = gemm_scratch(1, std::int64_t{shape.in_channels} * static_cast<std::int64_t>(window.size()));
    turn(shape, w.of(r), turned);
    const GemmMatrix weights{turned, static_cast<std::int64_t>(window.size()), 1};
    gather_gemm(shape.in_channels, weights, window, spread, columns, nullptr, dx.of(r), row);
  });
}

void conv_backward_weights(const Device& device, const ConvShape& shape, Replicas replicas, Strided<const float> x,
                           Strided<const float> dy, Strided<float> dw, Strided<float> dbias) {
  const int batch = replicas.batch;
  const Canvas canvas = input_canvas(shape, batch);
  const auto window = window_offsets(canvas, shape.kernel);
  const auto corner = corners(canvas, shape.out_height(), shape.out_width(), shape.stride);
  const auto places = static_cast<std::int64_t>(corner.size());
  parallel_for(device, replicas.count, [&](std::int64_t r) {
    const float* bordered = bordered_input(shape, batch, canvas, x.of(r));
    const float* gradient = dy.of(r);
    if (canvas.samples != batch) {
      float* padded = gemm_scratch(1, shape.out_channels * places * canvas.samples);
      pad_rows(shape.out_channels * places, batch, gradient, padded);
      gradient = padded;
    }
    gather_products(shape.out_channels, canvas.samples, gradient, places * canvas.samples, corner, window, bordered, dw.of(r),
                    static_cast<std::int64_t>(window.size()));
    if (dbias.data == nullptr) return;
    for (std::int64_t o = 0; o < shape.out_channels; ++o) {
      dbias.of(r)[o] = lane_total(dy.of(r) + o * places * batch, places * batch);
    }
  });
}

}  // namespace syncline::kernels::cpu
