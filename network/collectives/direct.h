// Everybody to everybody at once.
#pragma once

#include "network/collectives/chunk.h"
#include "network/collectives/schedule.h"

namespace syncline::network {

/// Rank i of n sends chunk r to rank r, for all other r, where it is summed.
void add_direct_reduce_step(Moves& moves, const Chunks& chunks, int n, int i);

/// Rank i of n sends chunk i to all others.
void add_direct_gather_step(Moves& moves, const Chunks& chunks, int n, int i);

/// Between the root and all others, each with its own chunk: `up` is what they send to it, `down` what it gets from them. With
/// both turned around, what it sends to them.
void add_direct_root_step(std::vector<Piece>& up, std::vector<Piece>& down, const Chunks& chunks, int n, int root, int i);

}  // namespace syncline::network
