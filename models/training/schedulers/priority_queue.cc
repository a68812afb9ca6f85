#include "models/training/schedulers/priority_queue.h"

namespace syncline::models {
namespace {

double bytes_of(const Bucket& piece) { return 4.0 * static_cast<double>(piece.elements()); }

}  // namespace

PriorityQueue::PriorityQueue(Rank& w, const std::vector<Bucket>& pieces, double credit, const Exchange& exchange)
    : w_(w),
      pieces_(pieces),
      credit_(credit),
      exchange_(exchange),
      ready_(w.simulator(), pieces.size()),
      left_(w.dnn().layers.size(), 0) {
  for (const Bucket& piece : pieces) ++left_[static_cast<std::size_t>(piece.layer())];
  for (const int left : left_) {
    exchanged_.emplace_back(w.simulator());
    if (left == 0) exchanged_.back().trigger();
  }
}

// Who is next depends on what is ready, and ranks may differ in that. So they agree on it before each piece, and then all send
// the same one: as ByteScheduler's master does for all.
sim::Task<> PriorityQueue::run() {
  std::set<std::pair<int, std::size_t>> waiting;  // layer and number of the pieces that all ranks have ready
  std::deque<std::pair<sim::Process, double>> under_way;
  double used = 0;
  std::size_t agreed = 0;
  for (std::size_t sent = 0; sent < pieces_.size();) {
    if (waiting.empty()) {
      sim::Event& next = ready_.event(agreed);
      co_await next;
    }
    const auto all_have = static_cast<std::size_t>(co_await w_.least_of_all(static_cast<std::int64_t>(ready_.count())));
    for (; agreed < all_have; ++agreed) waiting.insert({pieces_[agreed].layer(), agreed});
    if (waiting.empty()) continue;
    const Bucket& piece = pieces_[waiting.begin()->second];
    if (!under_way.empty() && used + bytes_of(piece) > credit_) {
      const sim::Process oldest = under_way.front().first;
      co_await oldest;
      used -= under_way.front().second;
      under_way.pop_front();
      continue;  // another may have come that goes first
    }
    waiting.erase(waiting.begin());
    used += bytes_of(piece);
    under_way.emplace_back(w_.spawn(exchange_one(piece)), bytes_of(piece));
    ++sent;
  }
  for (const auto& [process, bytes] : under_way) co_await process;
}

sim::Task<> PriorityQueue::exchange_one(const Bucket& piece) {
  co_await exchange_(piece);
  if (--left_[static_cast<std::size_t>(piece.layer())] == 0) exchanged(piece.layer()).trigger();
}

}  // namespace syncline::models
