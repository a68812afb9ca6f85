#include "network/collectives/chain.h"

namespace syncline::network {

void Chain::add_step(Moves& moves, int place, int step, bool reduce) const {
  const int sent = step - place, received = sent + 1;
  if (place < ranks - 1 && pieces.has(sent)) {
    moves.sends.push_back({place + 1, pieces[sent].begin, pieces[sent].count, reduce});
  }
  if (place > 0 && pieces.has(received)) {
    moves.receives.push_back({place - 1, pieces[received].begin, pieces[received].count, reduce});
  }
}

double Chain::seconds(double alpha, double elements_per_second) const {
  if (ranks == 1) return 0;
  const double first = static_cast<double>(pieces[0].count) / elements_per_second;
  const double last = static_cast<double>(pieces[pieces.count() - 1].count) / elements_per_second;
  return (steps() - 1) * (alpha + first) + alpha + last;
}

}  // namespace syncline::network
