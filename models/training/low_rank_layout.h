// How a bucket's tensors become low-rank factors: which are compressed, and where each one's factors lie in the messages.
// Shared by Power-SGD and ACP-SGD.
#pragma once

#include <optional>
#include <vector>

#include "kernels/low_rank/low_rank.h"
#include "kernels/segments/segments.h"
#include "models/training/buckets.h"
#include "models/training/parameters.h"
#include "models/training/rank_data.h"

namespace syncline::models {

/// A tensor sent as it is: one-dimensional, or too small for its factors to be smaller.
struct PlainTensor {
  std::int64_t begin = 0, elements = 0;
  std::int64_t place = 0;  // among the bucket's plain elements
};

struct LowRankLayout {
  LowRankLayout(const Bucket& bucket, int rank, double least_rate = 1);
  /// The tensors that are sent as P [rows][rank] and Q [cols][rank], their gradients being about P Q^T: where each begins in its
  /// bucket, and its factors in the bucket's P and Q.
  std::vector<kernels::LowRankMatrix> matrices;
  std::vector<PlainTensor> plain;
  std::int64_t p_elements = 0, q_elements = 0, plain_elements = 0;
};

/// True where the factors of rank min(rank, rows, cols) have fewer elements than the matrix: less than 1/least_rate of them.
bool is_compressed(const TensorPlace& tensor, int rank, double least_rate = 1);
/// What a tensor puts on the wire per step when one factor travels, on average: (P + Q) / 2, or all of a plain one.
double alternating_bytes(const TensorPlace& tensor, int rank);
/// A bucket as kernels see it: its matrices, where they lie in the bucket, and its plain tensors on their way from the bucket to the
/// plain part of a message and back.
struct LowRankParts {
  LowRankParts(const kernels::Device& device, const LowRankLayout& layout);
  kernels::LowRankBatch matrices;
  kernels::Segments in_place, to_message, from_message;
};
/// Where kernels run.
std::optional<LowRankParts> parts_of(const Rank& w, const LowRankLayout& layout);
/// Standard normal numbers from which the factors Q start: the same on all ranks, and for a tensor whatever its bucket.
void fill_normal(const Rank& w, const Bucket& bucket, const LowRankLayout& layout, Common<float>& q);

/// M = gradient + error, of one bucket: a matrix's in place of its error, a plain tensor's at the end of `message`, behind the
/// factors if there are any. A plain tensor is sent whole, so its error stays nil.
void add_feedback(const kernels::Device& device, int ranks, const LowRankLayout& layout, const LowRankParts& parts,
                  kernels::Strided<const float> gradient, kernels::Strided<float> error, PerRank<float>& message);
/// gradient (the bucket's) = P Q^T of the matrices, and the plain tensors from the end of `message`.
void decode(const kernels::Device& device, const LowRankLayout& layout, const LowRankParts& parts, Common<float>& p,
            Common<float>& q, Common<float>& message, float* gradient);

/// How a bucket's matrices are worked on.
enum class LowRankKernels {
  batched,     // all of them in one launch of each operation
  one_by_one,  // a launch for each matrix and operation, and kQrLaunches to make one's columns orthonormal
};

/// What torch.linalg.qr of a matrix with few columns takes, in launches of 5 us: 110 us, whatever its rows (256 to 4,096) at rank 4
/// and 8 (PyTorch's pull request 76673, whose GPU isn't stated); more columns take no less.
inline constexpr int kQrLaunches = 22;

/// The parameter "kernels", and what it says.
ParameterRow low_rank_kernels_parameter();
LowRankKernels low_rank_kernels(const Parameters& parameters);

/// Costs of a whole bucket's kernels.
struct LowRankCosts {
  kernels::KernelCost left, right, orthogonalize_p, orthogonalize_q, product, error, feedback;
};
LowRankCosts costs_of(const LowRankLayout& layout, std::int64_t bucket_elements, LowRankKernels how);

}  // namespace syncline::models
