#include "network/collectives/doubling_gather.h"

namespace syncline::network {

void DoublingGather::add_step(Moves& moves, int rank, int step) const {
  const int s = step - core_.folds();
  if (s < 0) return add_fold(moves, core_, rank, chunks_[rank | 1], false);
  if (s >= core_.depth) {
    const int extra = rank | 1;
    add_unfold(moves, core_, rank, chunks_between(chunks_, 0, extra));
    return add_unfold(moves, core_, rank, chunks_between(chunks_, extra + 1, core_.size + core_.extras));
  }
  if (core_.is_extra(rank)) return;
  const int self = core_.member(rank), other = self ^ (1 << s);
  const Chunk mine = block_of(core_, chunks_, self, 1 << s), theirs = block_of(core_, chunks_, other, 1 << s);
  moves.sends.push_back({core_.rank(other), mine.begin, mine.count, false});
  moves.receives.push_back({core_.rank(other), theirs.begin, theirs.count, false});
}

/// An extra its chunk; a member the block of each step, and all but the extra's chunk to its extra.
std::int64_t DoublingGather::elements_sent(int rank) const {
  if (core_.is_extra(rank)) return chunks_[rank].count;
  const int self = core_.member(rank);
  std::int64_t sent = 0;
  if (core_.has_extra(self)) sent = chunks_between(chunks_, 0, core_.size + core_.extras).count - chunks_[rank + 1].count;
  for (int s = 0; s < core_.depth; ++s) sent += block_of(core_, chunks_, self, 1 << s).count;
  return sent;
}

double doubling_gather_seconds(const ScheduleRequest& request, double alpha, double elements_per_second) {
  const Core core(request.ranks);
  const double n = request.ranks;
  return core.steps(core.depth) * alpha +
         (1 + core.folds()) * (n - 1) / n * static_cast<double>(request.elements) / elements_per_second;
}

}  // namespace syncline::network
