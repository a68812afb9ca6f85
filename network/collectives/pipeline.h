// A vector that travels in pieces, so that who has the first can pass it on while the next ones come.
#pragma once

#include <algorithm>
#include <cstdint>

#include "network/collectives/chunk.h"

namespace syncline::network {

/// 256 KiB, where an element is a byte, as it is for a Communicator: the chunk that NCCL's trees move (2.8, src/graph/tuning.cc:
/// "Tree/Simple is the latency a 256kB chunk").
inline constexpr std::int64_t kPieceElements = 262144;

/// All pieces have this length but the last, which has the rest. So a longer vector never travels faster: the pieces that were
/// there stay as they are. Without elements there is one piece, of none.
class Pipeline {
 public:
  explicit constexpr Pipeline(Chunk whole, std::int64_t piece = kPieceElements) : whole_(whole), piece_(piece) {}
  constexpr Chunk whole() const { return whole_; }
  constexpr int count() const { return static_cast<int>(std::max<std::int64_t>(1, (whole_.count + piece_ - 1) / piece_)); }
  constexpr bool has(int piece) const { return piece >= 0 && piece < count(); }
  constexpr Chunk operator[](int piece) const {
    return {whole_.begin + piece * piece_, std::min(piece_, whole_.count - piece * piece_)};
  }

 private:
  Chunk whole_;
  std::int64_t piece_;
};

}  // namespace syncline::network
