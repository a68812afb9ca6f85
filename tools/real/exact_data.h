// Collectives on numbers whose sums are exact, so that results are compared by ==.
#pragma once

#include <cstdint>
#include <memory>

#include "tools/real/real_collectives.h"

namespace syncline::tools {

/// Arrays in the transport's memory that grow as needed, and the collectives on them.
class ExactData {
 public:
  explicit ExactData(RealCollectives& collectives) : collectives_(collectives) {}

  /// Makes the arrays, so that what follows is not timed with it.
  void prepare_all_reduce(std::int64_t elements);
  void prepare_all_gather(std::int64_t bytes);

  // With `check`, the result is looked at, element by element: TransportError where one is wrong.
  void all_reduce(std::int64_t elements, bool check) { reduce(&RealCollectives::all_reduce, elements, check); }
  void push_pull(std::int64_t elements, bool check) { reduce(&RealCollectives::push_pull, elements, check); }
  void all_gather(std::int64_t bytes, bool check);

 private:
  struct Array {
    std::shared_ptr<void> memory;
    std::int64_t bytes = 0;
  };
  void grow(Array& array, std::int64_t bytes);
  using Reduction = void (RealCollectives::*)(const float* in, float* out, std::int64_t elements);
  void reduce(Reduction reduction, std::int64_t elements, bool check);

  RealCollectives& collectives_;
  Array numbers_, sums_;  // [element]
  Array mine_, all_;      // [byte], [rank][byte]
};

}  // namespace syncline::tools
