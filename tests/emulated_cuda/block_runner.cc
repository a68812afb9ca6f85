#include "tests/emulated_cuda/block_runner.h"

#include <bit>
#include <map>
#include <string_view>
#include <tuple>

namespace syncline::emulated {
namespace {

std::string place(const char* operation, const Where& where) {
  return std::string(operation) + ", " + where.file_name() + ":" + std::to_string(where.line());
}

constexpr unsigned bit(int lane) { return 1U << lane; }

std::string hex(unsigned mask) {
  std::string digits;
  for (int shift = 28; shift >= 0; shift -= 4) digits += "0123456789abcdef"[mask >> shift & 15];
  return "0x" + digits;
}

bool same_place(const char* operation, const Where& a, const char* other, const Where& b) {
  return std::string_view(operation) == other && a.line() == b.line() && a.column() == b.column() &&
         std::string_view(a.file_name()) == b.file_name();
}

}  // namespace

std::string BlockRunner::meeting(const Thread& thread) {
  return place(thread.operation, thread.where) + ", mask " + hex(thread.mask);
}

BlockRunner& BlockRunner::instance() {
  static BlockRunner& runner = *new BlockRunner;  // never destroyed: statics may free device memory later than that
  return runner;
}

void BlockRunner::set_shape(dim3 block, const std::function<void()>& thread) {
  thread_ = &thread;
  indices_.clear();
  for (unsigned z = 0; z < block.z; ++z) {
    for (unsigned y = 0; y < block.y; ++y) {
      for (unsigned x = 0; x < block.x; ++x) indices_.push_back({x, y, z});
    }
  }
}

void BlockRunner::run(bool downward) {
  threads_.assign(indices_.size(), Thread{});
  warps_.assign((indices_.size() + warpSize - 1) / warpSize, Warp{});
  if (size() % warpSize != 0) warps_.back().gone = ~0U << size() % warpSize;
  downward_ = downward;
  started_ = exited_ = at_block_ = 0;
  fiber_ = &outside_;
  go_on();
}

void BlockRunner::work() {
  BlockRunner& block = instance();
  for (;;) {
    while (block.started_ < block.size()) {
      block.current_ = block.in_order(block.started_++, block.size());
      threadIdx = block.indices_[block.current_];
      block.here().state = State::ready;
      (*block.thread_)();
      block.exit_thread();
    }
    block.idle_.push_back(block.fiber_);
    block.go_on();
  }
}

/// Leaves this fiber for one that has something to do.
void BlockRunner::go_on() {
  Fiber* next = nullptr;
  if (started_ < size()) {
    if (idle_.empty()) idle_.push_back(fibers_.emplace_back(std::make_unique<Fiber>(&BlockRunner::work)).get());
    next = idle_.back();
    idle_.pop_back();
  } else if (!ready_.empty()) {
    next = threads_[ready_.front()].fiber;
    current_ = ready_.front();
    ready_.pop_front();
  } else if (exited_ == size()) {
    next = &outside_;
  } else {
    die_of_deadlock();
  }
  Fiber& mine = *fiber_;
  if (next == &mine) return;
  fiber_ = next;
  mine.switch_to(*next);
}

void BlockRunner::wait() {
  const int me = current_;
  here().fiber = fiber_;
  go_on();
  current_ = me;
  threadIdx = indices_[me];
}

void BlockRunner::exit_thread() {
  here().state = State::exited;
  ++exited_;
  Warp& warp = warps_[current_ / warpSize];
  const int lane = current_ % warpSize;
  warp.gone |= bit(lane);
  for (unsigned waiting = warp.waiting; waiting != 0; waiting &= waiting - 1) {
    const Thread& other = threads_[current_ - lane + std::countr_zero(waiting)];
    if ((other.mask & bit(lane)) != 0) die("exits, and is waited for at " + meeting(other));
  }
  if (at_block_ > 0 && at_block_ + exited_ == size()) end_block_meeting();
}

BlockVote BlockRunner::meet_block(const char* operation, bool yes, Where where) {
  Thread& mine = here();
  if (at_block_ == 0) first_at_block_ = current_;
  const Thread& first = threads_[first_at_block_];
  if (at_block_ > 0 && !same_place(operation, where, first.operation, first.where)) {
    die("waits for the block at " + place(operation, where) + ", others do at " + place(first.operation, first.where));
  }
  mine.state = State::at_block;
  mine.yes = yes;
  mine.operation = operation;
  mine.where = where;
  ++at_block_;
  if (at_block_ + exited_ == size()) end_block_meeting();
  wait();  // also who came last: it would always be the first to go on
  return mine.vote;
}

void BlockRunner::end_block_meeting() {
  BlockVote vote;
  for (const Thread& thread : threads_) {
    if (thread.state != State::at_block) continue;
    ++vote.all;
    if (thread.yes) ++vote.yes;
  }
  for (int k = 0; k < size(); ++k) {
    const int i = in_order(k, size());
    Thread& thread = threads_[i];
    if (thread.state != State::at_block) continue;
    thread.vote = vote;
    thread.state = State::ready;
    ready_.push_back(i);
  }
  at_block_ = 0;
}

WarpExchange BlockRunner::meet_warp(const char* operation, unsigned mask, std::uint64_t value, int source, Where where) {
  Thread& mine = here();
  Warp& warp = warps_[current_ / warpSize];
  mine.operation = operation;
  mine.where = where;
  mine.mask = mask;
  mine.value = value;
  mine.source = source;
  warp.waiting |= bit(current_ % warpSize);
  if ((mask & bit(current_ % warpSize)) == 0) die(meeting(mine) + " does not name the caller");
  if ((mask & bit(source)) == 0) die(meeting(mine) + " does not name lane " + std::to_string(source) + ", which it reads");
  if ((mask & warp.gone) != 0) {
    const int lane = std::countr_zero(mask & warp.gone);
    const bool was_there = current_ / warpSize * warpSize + lane < size();
    die(meeting(mine) + " names lane " + std::to_string(lane) + (was_there ? ", which has exited" : ", which the block lacks"));
  }
  mine.state = State::at_warp;
  if ((mask & ~warp.waiting) == 0) end_warp_meeting(current_ / warpSize, mine);
  wait();
  return mine.exchange;
}

/// All lanes that the last to come names wait: for the same, unless the kernel is wrong.
void BlockRunner::end_warp_meeting(int warp, const Thread& last) {
  const unsigned mask = last.mask;
  Thread* const lanes = &threads_[warp * warpSize];
  unsigned ballot = 0;
  for (int l = 0; l < warpSize; ++l) {
    if ((mask & bit(l)) == 0) continue;
    if (lanes[l].mask != mask || !same_place(lanes[l].operation, lanes[l].where, last.operation, last.where)) {
      die(meeting(last) + " names lane " + std::to_string(l) + ", which waits at " + meeting(lanes[l]));
    }
    if (lanes[l].value != 0) ballot |= bit(l);
  }
  for (int k = 0; k < warpSize; ++k) {
    const int l = in_order(k, warpSize);
    if ((mask & bit(l)) == 0) continue;
    lanes[l].exchange = {lanes[lanes[l].source].value, ballot};
    lanes[l].state = State::ready;
    ready_.push_back(warp * warpSize + l);
  }
  warps_[warp].waiting &= ~mask;
}

void BlockRunner::die_of_deadlock() const {
  std::map<std::string, std::tuple<int, int>> waiting;  // where -> how many, the first of them
  for (int i = 0; i < size(); ++i) {
    const Thread& thread = threads_[i];
    if (thread.state == State::exited) continue;
    std::string where = thread.state == State::at_warp ? meeting(thread) : place(thread.operation, thread.where);
    ++std::get<0>(waiting.try_emplace(std::move(where), 0, i).first->second);
  }
  std::string message = "deadlock: nobody can go on. " + std::to_string(exited_) + " threads have exited";
  for (const auto& [where, who] : waiting) {
    message +=
        "; " + std::to_string(std::get<0>(who)) + " (the first is " + std::to_string(std::get<1>(who)) + ") wait at " + where;
  }
  die(message);
}

}  // namespace syncline::emulated
