// One step's pieces of gradients, sent by priority: of those that are ready on all ranks, the one nearest the input goes first.
#pragma once

#include <deque>
#include <set>
#include <utility>
#include <vector>

#include "models/training/schedulers/ready.h"
#include "models/training/schedulers/scheduler.h"

namespace syncline::models {

class PriorityQueue {
 public:
  /// `credit`: bytes that may be under way at once; one piece always may. All must outlive the queue.
  PriorityQueue(Rank& w, const std::vector<Bucket>& pieces, double credit, const Exchange& exchange);

  /// Backward has made the next piece.
  void add_ready() { ready_.add_one(); }
  /// Sends all pieces as they become ready; ends when all have been exchanged.
  sim::Task<> run();
  /// All pieces of this layer have been exchanged.
  sim::Event& exchanged(int layer) { return exchanged_[static_cast<std::size_t>(layer)]; }

 private:
  sim::Task<> exchange_one(const Bucket& piece);

  Rank& w_;
  const std::vector<Bucket>& pieces_;
  double credit_;
  const Exchange& exchange_;
  Ready ready_;
  std::vector<int> left_;             // [layer] pieces that are not exchanged yet
  std::deque<sim::Event> exchanged_;  // [layer]
};

}  // namespace syncline::models
