// A table of learned rows, one for each word or position: what comes first in a network on text.
//
// indices are [replica][position][sample], each from 0 to below `rows`; an entry is one of a replica's positions and samples, and
// has its number, position * batch + sample. All backends give the same bits.
#pragma once

#include "kernels/device.h"

namespace syncline::kernels {

struct EmbeddingShape {
  int rows, features, positions;
};

/// y [feature][position][sample] = w [index][feature]. On a GPU 8 bytes an element of y: both are touched in whole lines, by way
/// of tiles.
void embedding_forward(const Device& device, const EmbeddingShape& shape, Replicas replicas, const std::int32_t* indices,
                       Strided<const float> w, Strided<float> y);

/// dw [row][feature], overwritten: of each row, 0 and then the dy of its entries, added one by one in the order of the entries'
/// numbers.
///
/// On a GPU, in three launches: dw is zeroed; the entries are sorted by row, each compared with each other, of which there are
/// entries^2 (10^9 of 32,768 entries, about what it takes to move the gradient); and rows are added up, 8 bytes an element of dy
/// from memory. Of dy, features are far apart and a row's entries are, too, so that 32 bytes of the cache are read for each 4.
void embedding_backward(const Device& device, const EmbeddingShape& shape, Replicas replicas, const std::int32_t* indices,
                        Strided<const float> dy, Strided<float> dw);

namespace reference {
decltype(kernels::embedding_forward) embedding_forward;
decltype(kernels::embedding_backward) embedding_backward;
}  // namespace reference

namespace cpu {
decltype(kernels::embedding_forward) embedding_forward;
decltype(kernels::embedding_backward) embedding_backward;
}  // namespace cpu

namespace cuda {
decltype(kernels::embedding_forward) embedding_forward;
decltype(kernels::embedding_backward) embedding_backward;
}  // namespace cuda

}  // namespace syncline::kernels
