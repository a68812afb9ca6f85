// A worker's compute stream while its communication slows it down: pieces of work one after the other, at a rate that changes when
// a collective of this worker begins or ends.
//
// In a collective's time a piece of work makes 1 / slowdown of its progress: the kernels that move data take multiprocessors and
// memory bandwidth. No step is sampled: the end of the piece at work is reckoned anew at each change, from what is left of it.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "sim/process.h"
#include "sim/simulator.h"
#include "sim/units.h"

namespace syncline::models {

class ComputeStream {
 public:
  struct Piece {
    std::string_view category;
    std::string name;
    Time work;  // how long it takes with nothing beside it
  };
  /// Told at a piece's end, before those who wait for it go on.
  using Done = std::function<void(const Piece& piece, Time begin, Time end)>;

  /// `slowdown` is 1 or more.
  ComputeStream(sim::Simulator& simulator, double slowdown, Done done);

  /// The piece begins when those before it have ended. The event is triggered at its end, and lives as long as the stream.
  sim::Event& append(Piece piece);
  bool idle() const { return waiting_.empty(); }

  // One begins or ends; there may be several at once, which slow the stream down as one does.
  void communication_begins();
  void communication_ends();

 private:
  bool slow() const { return communicating_ > 0; }
  /// Takes what has been done since `since_` off what is left, before the rate changes.
  void catch_up();
  /// Has the first piece end when it will if nothing changes.
  void plan_end();
  void begin_first();
  void end_first();

  struct Waiting {
    Piece piece;
    std::unique_ptr<sim::Event> end;
  };

  sim::Simulator& simulator_;
  double slowdown_;
  Done done_;
  int communicating_ = 0;
  std::deque<Waiting> waiting_;  // the first is at work
  std::deque<std::unique_ptr<sim::Event>> ended_;
  Time begin_, since_, left_;  // of the first: when it began; what was left of its work at `since_`
  std::optional<sim::EventId> planned_;
};

}  // namespace syncline::models
