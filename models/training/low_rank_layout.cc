#include "models/training/low_rank_layout.h"

#include <algorithm>

#include "kernels/add/add.h"
#include "sim/random.h"

namespace syncline::models {
namespace {

kernels::MatrixShape matrix_of(const TensorPlace& tensor, int rank) {
  const std::int64_t greatest = std::min(tensor.rows(), tensor.cols());
  return {tensor.rows(), tensor.cols(), static_cast<int>(std::min<std::int64_t>(rank, greatest))};
}

std::int64_t factor_elements(const TensorPlace& tensor, int rank) {
  return (tensor.rows() + tensor.cols()) * matrix_of(tensor, rank).rank;
}

std::vector<kernels::Segment> matrices_of(const LowRankLayout& layout) {
  std::vector<kernels::Segment> segments;
  for (const kernels::LowRankMatrix& m : layout.matrices) segments.push_back({m.m_begin, m.m_begin, m.shape.rows * m.shape.cols});
  return segments;
}

std::vector<kernels::Segment> plain_of(const LowRankLayout& layout, std::int64_t PlainTensor::*from,
                                       std::int64_t PlainTensor::*to) {
  std::vector<kernels::Segment> segments;
  for (const PlainTensor& tensor : layout.plain) segments.push_back({tensor.*from, tensor.*to, tensor.elements});
  return segments;
}

}  // namespace

bool is_compressed(const TensorPlace& tensor, int rank, double least_rate) {
  const auto factors = static_cast<double>(factor_elements(tensor, rank));
  return tensor.shape.size() > 1 && least_rate * factors < static_cast<double>(tensor.elements());
}

double alternating_bytes(const TensorPlace& tensor, int rank) {
  if (!is_compressed(tensor, rank)) return 4.0 * static_cast<double>(tensor.elements());
  const kernels::MatrixShape shape = matrix_of(tensor, rank);
  return static_cast<double>(kernels::low_rank_left_payload_bytes(shape) + kernels::low_rank_right_payload_bytes(shape)) / 2;
}

LowRankLayout::LowRankLayout(const Bucket& bucket, int rank, double least_rate) {
  for (const TensorPlace& tensor : bucket.tensors) {
    const std::int64_t begin = tensor.begin - bucket.begin;
    if (!is_compressed(tensor, rank, least_rate)) {
      plain.push_back({begin, tensor.elements(), plain_elements});
      plain_elements += tensor.elements();
      continue;
    }
    const kernels::MatrixShape shape = matrix_of(tensor, rank);
    matrices.push_back({shape, begin, p_elements, q_elements});
    p_elements += shape.rows * shape.rank;
    q_elements += shape.cols * shape.rank;
  }
}

LowRankParts::LowRankParts(const kernels::Device& device, const LowRankLayout& layout)
    : matrices(device, layout.matrices),
      in_place(device, matrices_of(layout)),
      to_message(device, plain_of(layout, &PlainTensor::begin, &PlainTensor::place)),
      from_message(device, plain_of(layout, &PlainTensor::place, &PlainTensor::begin)) {}

std::optional<LowRankParts> parts_of(const Rank& w, const LowRankLayout& layout) {
  const kernels::Device* device = w.kernel_device();
  return device == nullptr ? std::nullopt : std::optional<LowRankParts>(std::in_place, *device, layout);
}

void fill_normal(const Rank& w, const Bucket& bucket, const LowRankLayout& layout, Common<float>& q) {
  if (!q.storage()) return;
  std::vector<float> values(static_cast<std::size_t>(q.elements()));
  for (const kernels::LowRankMatrix& t : layout.matrices) {
    sim::RandomStream random = w.random("low-rank factor", static_cast<std::uint64_t>(bucket.begin + t.m_begin));
    for (std::int64_t i = 0; i < t.shape.cols * t.shape.rank; ++i) {
      values[static_cast<std::size_t>(t.q_begin + i)] = static_cast<float>(random.normal());
    }
  }
  q.storage()->upload(values);
}

void add_feedback(const kernels::Device& device, int ranks, const LowRankLayout& layout, const LowRankParts& parts,
                  kernels::Strided<const float> gradient, kernels::Strided<float> error, PerRank<float>& message) {
  kernels::add_segments(device, ranks, parts.in_place, gradient, {error.data, error.stride}, error);
  kernels::add_segments(device, ranks, parts.to_message, gradient, {error.data, error.stride},
                        message.from(message.elements() - layout.plain_elements));
}

void decode(const kernels::Device& device, const LowRankLayout& layout, const LowRankParts& parts, Common<float>& p,
            Common<float>& q, Common<float>& message, float* gradient) {
  kernels::low_rank_product(device, 1, parts.matrices, p.shared(), q.shared(), {gradient, 0});
  kernels::copy_segments(device, 1, parts.from_message, message.shared(message.elements() - layout.plain_elements),
                         {gradient, 0});
}

ParameterRow low_rank_kernels_parameter() {
  return {"kernels",
          "batched (one launch of each operation for all matrices of a bucket), or one-by-one (as PyTorch's hook and ACP-SGD's "
          "own code: a launch for each matrix, and a QR of 22); times alone depend on it",
          std::string("batched"),
          0,
          0,
          false,
          {"batched", "one-by-one"}};
}

LowRankKernels low_rank_kernels(const Parameters& parameters) {
  return parameters.text("kernels") == "batched" ? LowRankKernels::batched : LowRankKernels::one_by_one;
}

LowRankCosts costs_of(const LowRankLayout& layout, std::int64_t bucket_elements, LowRankKernels how) {
  LowRankCosts costs;
  for (const kernels::LowRankMatrix& t : layout.matrices) {
    costs.left = costs.left + kernels::low_rank_left_cost(t.shape);
    costs.right = costs.right + kernels::low_rank_right_cost(t.shape);
    costs.orthogonalize_p = costs.orthogonalize_p + kernels::orthogonalize_cost(t.shape.rows, t.shape.rank);
    costs.orthogonalize_q = costs.orthogonalize_q + kernels::orthogonalize_cost(t.shape.cols, t.shape.rank);
    costs.product = costs.product + kernels::low_rank_product_cost(t.shape);
    costs.error = costs.error + kernels::low_rank_error_cost(t.shape);
  }
  costs.feedback = kernels::add_cost(bucket_elements);
  if (how == LowRankKernels::one_by_one) {
    for (kernels::KernelCost* cost : {&costs.orthogonalize_p, &costs.orthogonalize_q}) cost->launches *= kQrLaunches;
    return costs;
  }
  for (kernels::KernelCost* cost :
       {&costs.left, &costs.right, &costs.orthogonalize_p, &costs.orthogonalize_q, &costs.product, &costs.error}) {
    cost->launches = std::min(cost->launches, 1);  // all matrices of a bucket in one launch
  }
  return costs;
}

}  // namespace syncline::models
