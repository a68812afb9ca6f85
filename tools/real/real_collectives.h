// How real ranks do a collective: by the library's own, or by one of our algorithms, step by step; what the simulator predicts it
// by is said along with it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/training/timeline.h"
#include "network/collectives/schedule.h"
#include "tools/real/transport.h"

namespace syncline::tools {

class RealCollectives {
 public:
  /// By the network's algorithms. One that is `auto`, and with `library` all, are the library's, which the stack's choice predicts.
  RealCollectives(Transport& transport, const models::NetworkProfile& network, bool library);

  /// out[0, elements) = the sum over ranks of in; not the same array.
  void all_reduce(const float* in, float* out, std::int64_t elements);
  /// The same through parameter servers, where the transport lets ranks send to one another; else an all-reduce.
  void push_pull(const float* in, float* out, std::int64_t elements);
  /// all [rank][bytes]
  void all_gather(const void* mine, void* all, std::int64_t bytes);

  Transport& transport() { return transport_; }
  int rank() const { return transport_.rank(); }
  int size() const { return transport_.size(); }
  /// Whether all are the library's own.
  bool by_library() const { return by_library_; }
  /// By which the simulator plays them.
  const models::Algorithms& predicted_by() const { return algorithms_; }

  /// The least of the ranks' values, which are whole numbers below 2^53.
  std::int64_t least(std::int64_t value);

 private:
  void sum_by(const std::string& algorithm, const float* in, float* out, std::int64_t elements);

  Transport& transport_;
  bool by_library_;
  models::Algorithms algorithms_;
  std::vector<int> host_of_rank_;
};

}  // namespace syncline::tools
