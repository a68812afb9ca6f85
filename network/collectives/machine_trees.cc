#include "network/collectives/machine_trees.h"

#include <algorithm>

#include "network/collectives/phases.h"

namespace syncline::network {
namespace {

/// Of node v > 0 among n.
int binary_parent(int v, int n) {
  const int bit = v & -v, inner = (v - bit) | (2 * bit);
  return inner < n ? inner : v - bit;
}

std::int64_t piece_of(const ScheduleRequest& request) { return request.piece > 0 ? (request.piece + 1) / 2 : kPieceElements; }

}  // namespace

MachineTrees::MachineTrees(const ScheduleRequest& request)
    : ranks_(request.ranks),
      halves_{Pipeline(Chunk(request.elements, 2, 0), piece_of(request)),
              Pipeline(Chunk(request.elements, 2, 1), piece_of(request))} {
  const std::vector<std::vector<int>> machines = machines_of(request);
  const int count = static_cast<int>(machines.size());
  for (int tree = 0; tree < 2; ++tree) {
    nodes_[static_cast<std::size_t>(tree)].resize(static_cast<std::size_t>(ranks_));
    const auto chain_at = [&](int place) -> const std::vector<int>& {
      return machines[static_cast<std::size_t>(tree == 0 ? place : count - 1 - place)];
    };
    for (int place = 0; place < count; ++place) {
      const std::vector<int>& chain = chain_at(place);
      if (place > 0) hang(tree, chain.front(), chain_at(binary_parent(place, count)).front());
      for (std::size_t i = 1; i < chain.size(); ++i) hang(tree, chain[i], chain[i - 1]);
    }
    std::vector<Node>& nodes = nodes_[static_cast<std::size_t>(tree)];
    for (Node& node : nodes) {
      for (int at = node.parent; at >= 0; at = nodes[static_cast<std::size_t>(at)].parent) ++node.level;
      depth_ = std::max(depth_, node.level);
    }
  }
}

void MachineTrees::hang(int tree, int rank, int parent) {
  std::vector<Node>& nodes = nodes_[static_cast<std::size_t>(tree)];
  nodes[static_cast<std::size_t>(rank)].parent = parent;
  nodes[static_cast<std::size_t>(parent)].children.push_back(rank);
}

int MachineTrees::steps() const { return ranks_ == 1 ? 0 : 2 * depth_ + halves_[0].count() - 1; }

void MachineTrees::add_step(Moves& moves, int actor, int step) const {
  const int tree = actor / ranks_;
  const Node& node = nodes_[static_cast<std::size_t>(tree)][static_cast<std::size_t>(actor % ranks_)];
  const Pipeline& half = halves_[static_cast<std::size_t>(tree)];
  const auto add = [&](std::vector<Piece>& pieces, int other, int piece, bool reduce) {
    if (half.has(piece)) pieces.push_back({other + tree * ranks_, half[piece].begin, half[piece].count, reduce});
  };
  const int up = step - (depth_ - node.level), down = step - (depth_ + node.level);
  if (node.parent >= 0) {
    add(moves.sends, node.parent, up, true);
    add(moves.receives, node.parent, down + 1, false);
  }
  for (const int child : node.children) {
    add(moves.receives, child, up + 1, true);
    add(moves.sends, child, down, false);
  }
}

std::int64_t MachineTrees::elements_sent(int rank) const {
  std::int64_t sent = 0;
  for (std::size_t tree = 0; tree < 2; ++tree) {
    const Node& node = nodes_[tree][static_cast<std::size_t>(rank)];
    sent += halves_[tree].whole().count * (static_cast<std::int64_t>(node.children.size()) + (node.parent >= 0 ? 1 : 0));
  }
  return sent;
}

double MachineTrees::least_seconds(double alpha, double elements_per_second) const {
  if (ranks_ == 1) return 0;
  const Pipeline& half = halves_[0];
  const int last = half.count() - 1;
  return last * (alpha + static_cast<double>(half[0].count) / elements_per_second) +
         2 * depth_ * (alpha + static_cast<double>(half[last].count) / elements_per_second);
}

}  // namespace syncline::network
