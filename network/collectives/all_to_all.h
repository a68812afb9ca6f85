// Every rank's chunk r goes to rank r, behind that one's own vector.
#pragma once

#include <functional>
#include <utility>

#include "network/collectives/chunk.h"
#include "network/collectives/schedule.h"

namespace syncline::network {

class AllToAll {
 public:
  explicit AllToAll(const ScheduleRequest& request)
      : ranks_(request.ranks), elements_(request.elements), chunks_(request.elements, request.ranks) {}

  /// Of rank i: its chunk for the rank `distance` behind it, and what the rank as far before it has for it.
  void add(Moves& moves, int i, int distance) const {
    const int n = ranks_, to = (i + distance) % n, from = (i - distance + n) % n;
    moves.sends.push_back({to, chunks_[to].begin, chunks_[to].count, false});
    moves.receives.push_back({from, all_to_all_place(elements_, n, from, i), chunks_[i].count, false});
  }

  /// The buffer has room for the vector and for n of the longest chunks.
  Schedule schedule(int steps, std::function<void(int, int, Moves&)> describe) const {
    const std::int64_t room = ranks_ * chunks_[0].count;
    return {ranks_, elements_ + room, steps, std::move(describe), 1, chunks_.equal() ? 1 : 0};
  }

 private:
  int ranks_;
  std::int64_t elements_;
  Chunks chunks_;
};

}  // namespace syncline::network
