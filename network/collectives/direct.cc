#include "network/collectives/direct.h"

namespace syncline::network {

// One after the other from the next rank on, so that not all begin with the same.

void add_direct_reduce_step(Moves& moves, const Chunks& chunks, int n, int i) {
  for (int distance = 1; distance < n; ++distance) {
    const int to = (i + distance) % n;
    moves.sends.push_back({to, chunks[to].begin, chunks[to].count, true});
    moves.receives.push_back({(i - distance + n) % n, chunks[i].begin, chunks[i].count, true});
  }
}

void add_direct_gather_step(Moves& moves, const Chunks& chunks, int n, int i) {
  for (int distance = 1; distance < n; ++distance) {
    const int from = (i - distance + n) % n;
    moves.sends.push_back({(i + distance) % n, chunks[i].begin, chunks[i].count, false});
    moves.receives.push_back({from, chunks[from].begin, chunks[from].count, false});
  }
}

void add_direct_root_step(std::vector<Piece>& up, std::vector<Piece>& down, const Chunks& chunks, int n, int root, int i) {
  if (i != root) return up.push_back({root, chunks[i].begin, chunks[i].count, false});
  for (int distance = 1; distance < n; ++distance) {
    const int other = (root + distance) % n;
    down.push_back({other, chunks[other].begin, chunks[other].count, false});
  }
}

}  // namespace syncline::network
