#include "network/collectives/phases.h"

#include <bit>
#include <map>

namespace syncline::network {
namespace {

int wrapped(int i, int m) {
  if (i < 0) i += m;
  return i < m ? i : i - m;
}

}  // namespace

void add_ring_step(Moves& moves, const Chunks& chunks, int m, int i, int s, int shift, bool reduce) {
  const Chunk sent = chunks[wrapped(i + shift - s, m)];
  const Chunk received = chunks[wrapped(wrapped(i - 1 + shift - s, m), m)];
  moves.sends.push_back({wrapped(i + 1, m), sent.begin, sent.count, reduce});
  moves.receives.push_back({wrapped(i - 1, m), received.begin, received.count, reduce});
}

Schedule ring_schedule(const ScheduleRequest& request, int shift, bool reduce) {
  const Chunks chunks(request.elements, request.ranks);
  Schedule result{request.ranks, request.elements, request.ranks - 1, [=, n = request.ranks](int rank, int step, Moves& out) {
                    add_ring_step(out, chunks, n, rank, step, shift, reduce);
                  }};
  if (chunks.equal()) {
    result.period = 1;
    result.alike = {{0, result.steps}};
  }
  return result;
}

double ring_seconds(const ScheduleRequest& request, double alpha, double elements_per_second) {
  const double n = request.ranks;
  return (n - 1) * (alpha + static_cast<double>(request.elements) / n / elements_per_second);
}

void add_ring_all_reduce_step(Moves& moves, const Chunks& chunks, int m, int i, int s) {
  const bool summing = s < m - 1;
  add_ring_step(moves, chunks, m, i, summing ? s : s - (m - 1), summing ? -1 : 0, summing);
}

void add_tree_reduce_step(Moves& moves, std::int64_t elements, int m, int i, int s) {
  const int distance = 1 << s;
  if (i % distance != 0) return;
  if (i % (2 * distance) != 0) {
    moves.sends.push_back({i - distance, 0, elements, true});
  } else if (i + distance < m) {
    moves.receives.push_back({i + distance, 0, elements, true});
  }
}

void add_tree_broadcast_step(Moves& moves, std::int64_t elements, int m, int i, int s) {
  const int distance = 1 << (tree_depth(m) - 1 - s);
  if (i % distance != 0) return;
  if (i % (2 * distance) != 0) {
    moves.receives.push_back({i - distance, 0, elements, false});
  } else if (i + distance < m) {
    moves.sends.push_back({i + distance, 0, elements, false});
  }
}

void rename(Moves& moves, std::span<const int> members) {
  for (Piece& piece : moves.sends) piece.peer = members[static_cast<std::size_t>(piece.peer)];
  for (Piece& piece : moves.receives) piece.peer = members[static_cast<std::size_t>(piece.peer)];
}

void count_from(Moves& moves, int root, int n) {
  for (Piece& piece : moves.sends) piece.peer = wrapped(piece.peer + root, n);
  for (Piece& piece : moves.receives) piece.peer = wrapped(piece.peer + root, n);
}

std::int64_t all_but_roots(const ScheduleRequest& request) {
  return request.elements - Chunk(request.elements, request.ranks, request.roles.root).count;
}

std::vector<std::vector<int>> machines_of(const ScheduleRequest& request) {
  std::map<int, std::size_t> place_of_host;
  std::vector<std::vector<int>> machines;
  for (int rank = 0; rank < request.ranks; ++rank) {
    const int host = request.host_of_rank.empty() ? rank : request.host_of_rank[static_cast<std::size_t>(rank)];
    const auto [place, is_new] = place_of_host.try_emplace(host, machines.size());
    if (is_new) machines.emplace_back();
    machines[place->second].push_back(rank);
  }
  return machines;
}

int tree_depth(int members) { return std::bit_width(static_cast<unsigned>(members - 1)); }

std::int64_t ring_all_reduce_elements(std::int64_t elements, int members, int i) {
  if (members == 1) return 0;
  return 2 * elements - Chunk(elements, members, i).count - Chunk(elements, members, (i + 1) % members).count;
}

}  // namespace syncline::network
