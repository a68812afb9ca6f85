#include "network/collectives/double_tree.h"

#include <algorithm>

#include "network/collectives/phases.h"

namespace syncline::network {

DoubleTree::DoubleTree(const ScheduleRequest& request)
    : ranks_(request.ranks),
      parent_(static_cast<std::size_t>(request.ranks), -1),
      level_(static_cast<std::size_t>(request.ranks), 0),
      children_(static_cast<std::size_t>(request.ranks)),
      halves_{Pipeline(Chunk(request.elements, 2, 0)), Pipeline(Chunk(request.elements, 2, 1))} {
  for (int node = 1; node < ranks_; ++node) {
    const int bit = node & -node;
    const int parent = ((node - bit) | (2 * bit)) < ranks_ ? (node - bit) | (2 * bit) : node - bit;
    parent_[static_cast<std::size_t>(node)] = parent;
    children_[static_cast<std::size_t>(parent)].push_back(node);
  }
  for (int node = 1; node < ranks_; ++node) {
    int level = 0;
    for (int at = node; at != 0; at = parent_[static_cast<std::size_t>(at)]) ++level;
    level_[static_cast<std::size_t>(node)] = level;
    depth_ = std::max(depth_, level);
  }
}

int DoubleTree::steps() const { return ranks_ == 1 ? 0 : 2 * depth_ + halves_[0].count() - 1; }

int DoubleTree::node_of(int rank, int tree) const {
  if (tree == 0) return rank;
  return ranks_ % 2 == 0 ? ranks_ - 1 - rank : (rank + ranks_ - 1) % ranks_;
}

int DoubleTree::actor_of(int node, int tree) const {
  if (tree == 0) return node;
  return ranks_ + (ranks_ % 2 == 0 ? ranks_ - 1 - node : (node + 1) % ranks_);
}

void DoubleTree::add_step(Moves& moves, int actor, int step) const {
  const int tree = actor / ranks_;
  const auto node = static_cast<std::size_t>(node_of(actor % ranks_, tree));
  const Pipeline& half = halves_[static_cast<std::size_t>(tree)];
  const auto add = [&](std::vector<Piece>& pieces, int other, int piece, bool reduce) {
    if (half.has(piece)) pieces.push_back({actor_of(other, tree), half[piece].begin, half[piece].count, reduce});
  };
  const int up = step - (depth_ - level_[node]), down = step - (depth_ + level_[node]);
  if (parent_[node] >= 0) {
    add(moves.sends, parent_[node], up, true);
    add(moves.receives, parent_[node], down + 1, false);
  }
  for (const int child : children_[node]) {
    add(moves.receives, child, up + 1, true);
    add(moves.sends, child, down, false);
  }
}

std::int64_t DoubleTree::elements_sent(int rank) const {
  std::int64_t sent = 0;
  for (int tree = 0; tree < 2; ++tree) {
    const auto node = static_cast<std::size_t>(node_of(rank, tree));
    const Pipeline& half = halves_[static_cast<std::size_t>(tree)];
    const int last = half.count() - 1;
    sent += (last * kPieceElements + half[last].count) *
            (static_cast<std::int64_t>(children_[node].size()) + (parent_[node] >= 0 ? 1 : 0));
  }
  return sent;
}

std::int64_t DoubleTree::most_sent() const {
  return busiest(ranks_, [this](int rank) { return elements_sent(rank); });
}

double DoubleTree::least_seconds(double alpha, double elements_per_second) const {
  if (ranks_ == 1) return 0;
  const int last = halves_[0].count() - 1;
  const double pieces = last * (alpha + static_cast<double>(kPieceElements) / elements_per_second) +
                        2 * depth_ * (alpha + static_cast<double>(halves_[0][last].count) / elements_per_second);
  return std::max(pieces, alpha + static_cast<double>(most_sent()) / elements_per_second);
}

double DoubleTree::most_seconds(double alpha, double elements_per_second) const {
  return steps() * (alpha + kMostOnALink * static_cast<double>(halves_[0][0].count) / elements_per_second);
}

}  // namespace syncline::network
