// The threads of one block, each of which runs until it waits, and the meetings that they wait for.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/emulated_cuda/emulator.h"
#include "tests/emulated_cuda/fiber.h"

namespace syncline::emulated {

/// There is one, for its fibers' sake: they can't be told whose they are.
class BlockRunner {
 public:
  static BlockRunner& instance();

  /// Of the blocks that run() runs from now on.
  void set_shape(dim3 block, const std::function<void()>& thread);
  /// All threads of a block from their first instruction to their last. Those that are ready take turns: the lower numbers
  /// come first, or where `downward` the higher.
  void run(bool downward);

  BlockVote meet_block(const char* operation, bool yes, Where where);
  WarpExchange meet_warp(const char* operation, unsigned mask, std::uint64_t value, int source, Where where);

  /// The thread that runs now, as its number in the block.
  int current() const { return current_; }

 private:
  struct Thread {
    enum class State : std::uint8_t { not_started, ready, at_block, at_warp, exited } state = State::not_started;
    bool yes = false;                 // at the block's meeting
    unsigned mask = 0;                // at the warp's, as are value and source
    int source = 0;                   // the lane that it wants to hear of
    std::uint64_t value = 0;          // what it says
    const char* operation = nullptr;  // what it waits in, and where
    Where where;
    Fiber* fiber = nullptr;  // on whose stack it waits
    BlockVote vote;          // what came of the block's meeting
    WarpExchange exchange;   // and of the warp's
  };
  using State = Thread::State;
  struct Warp {
    unsigned waiting = 0;  // lanes that are at_warp
    unsigned gone = 0;     // lanes that have exited, or never were
  };

  static void work();  // what each fiber does, for ever
  void exit_thread();
  void wait();
  void go_on();
  void end_block_meeting();
  void end_warp_meeting(int warp, const Thread& last);
  static std::string meeting(const Thread& thread);
  [[noreturn]] void die_of_deadlock() const;

  Thread& here() { return threads_[current_]; }
  int in_order(int k, int size) const { return downward_ ? size - 1 - k : k; }
  int size() const { return static_cast<int>(threads_.size()); }

  const std::function<void()>* thread_ = nullptr;
  std::vector<uint3> indices_;  // [thread]: its threadIdx
  std::vector<Thread> threads_;
  std::vector<Warp> warps_;
  bool downward_ = false;
  int started_ = 0, exited_ = 0, at_block_ = 0;  // threads
  int first_at_block_ = 0, current_ = 0;
  std::deque<int> ready_;  // those that waited and may go on, who came first first
  // A fiber runs thread after thread, as long as none waits; one that waits keeps its fiber.
  Fiber* fiber_ = nullptr;  // that runs now
  Fiber outside_;           // run()'s caller
  std::vector<std::unique_ptr<Fiber>> fibers_;
  std::vector<Fiber*> idle_;
};

}  // namespace syncline::emulated
