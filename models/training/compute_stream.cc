#include "models/training/compute_stream.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/error.h"

namespace syncline::models {
namespace {

// Both err by less than a picosecond, so that work is never done early: an end is rounded up, and progress down.
Time slowed(Time work, double slowdown) { return Time::from_seconds(work.seconds() * slowdown); }
Time progress(Time elapsed, double slowdown) {
  return Time::picoseconds(static_cast<std::int64_t>(std::floor(static_cast<double>(elapsed.count()) / slowdown)));
}

}  // namespace

ComputeStream::ComputeStream(sim::Simulator& simulator, double slowdown, Done done)
    : simulator_(simulator), slowdown_(slowdown), done_(std::move(done)) {
  SYNCLINE_CHECK(slowdown_ >= 1 && std::isfinite(slowdown_), "communication speeds compute up");
}

sim::Event& ComputeStream::append(Piece piece) {
  waiting_.push_back({std::move(piece), std::make_unique<sim::Event>(simulator_)});
  sim::Event& end = *waiting_.back().end;
  if (waiting_.size() == 1) begin_first();
  return end;
}

void ComputeStream::communication_begins() {
  if (!slow()) catch_up();
  if (++communicating_ == 1) plan_end();
}

void ComputeStream::communication_ends() {
  SYNCLINE_CHECK(slow(), "a collective ends that never began");
  if (communicating_ == 1) catch_up();
  if (--communicating_ == 0) plan_end();
}

void ComputeStream::catch_up() {
  if (idle()) return;
  const Time elapsed = simulator_.now() - since_;
  left_ -= std::min(left_, slow() ? progress(elapsed, slowdown_) : elapsed);
  since_ = simulator_.now();
}

void ComputeStream::plan_end() {
  if (idle()) return;
  if (planned_) simulator_.cancel(*planned_);
  planned_ = simulator_.schedule_at(since_ + (slow() ? slowed(left_, slowdown_) : left_), [this] { end_first(); });
}

void ComputeStream::begin_first() {
  begin_ = since_ = simulator_.now();
  left_ = waiting_.front().piece.work;
  plan_end();
}

void ComputeStream::end_first() {
  planned_.reset();
  Waiting first = std::move(waiting_.front());
  waiting_.pop_front();
  done_(first.piece, begin_, simulator_.now());
  first.end->trigger();
  ended_.push_back(std::move(first.end));
  if (!idle()) begin_first();
}

}  // namespace syncline::models
