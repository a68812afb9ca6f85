#include "network/collectives/bruck.h"

#include <algorithm>

#include "network/collectives/power_of_two.h"

namespace syncline::network {
namespace {

/// The chunks first, ..., first + count - 1, mod n: two pieces where they go over the end.
void add_pieces(std::vector<Piece>& pieces, const Chunks& chunks, int n, int peer, int first, int count) {
  const int last = std::min(first + count, n);
  for (const Chunk part : {chunks_between(chunks, first, last), chunks_between(chunks, 0, first + count - last)}) {
    pieces.push_back({peer, part.begin, part.count, false});
  }
}

}  // namespace

void add_bruck_gather_step(Moves& moves, const Chunks& chunks, int n, int i, int s) {
  const int distance = 1 << s, count = std::min(distance, n - distance), next = (i + distance) % n;
  add_pieces(moves.sends, chunks, n, (i - distance + n) % n, i, count);
  add_pieces(moves.receives, chunks, n, next, next, count);
}

std::int64_t bruck_elements(const Chunks& chunks, int n, int i, int s) {
  Moves moves;
  add_bruck_gather_step(moves, chunks, n, i, s);
  return moves.sends[0].count + moves.sends[1].count;
}

}  // namespace syncline::network
