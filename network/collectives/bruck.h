// Bruck's all-gather: log2 steps for any number of ranks.
#pragma once

#include "network/collectives/chunk.h"
#include "network/collectives/phases.h"
#include "network/collectives/schedule.h"

namespace syncline::network {

inline int bruck_steps(int ranks) { return tree_depth(ranks); }

/// Before step s rank i has the chunks i, i + 1, ..., i + 2^s - 1, mod n. It sends them, or as many as are still missing, to rank
/// i - 2^s, and gets as many from i + 2^s.
void add_bruck_gather_step(Moves& moves, const Chunks& chunks, int n, int i, int s);

/// How many elements it sends.
std::int64_t bruck_elements(const Chunks& chunks, int n, int i, int s);

}  // namespace syncline::network
