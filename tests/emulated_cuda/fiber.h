// A course of execution with a stack of its own, which runs until it hands over to another.
#pragma once

#include <cstddef>

namespace syncline::emulated {

class Fiber {
 public:
  /// The stack that the caller is on.
  Fiber();
  /// Calls entry(), which never returns, when it is first switched to.
  explicit Fiber(void (*entry)());
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  /// `this` is the one that runs now. Goes on where `to` stopped; returns when somebody switches back.
  void switch_to(Fiber& to);

 private:
  static void begin();
  static void arrive();

  void (*entry_)() = nullptr;
  // AddressSanitizer must know the bounds of the stack that it watches; it finds those of a caller's.
  void* bottom_ = nullptr;
  std::size_t size_ = 0;
  void* fake_stack_ = nullptr;
  void* context_ = nullptr;
};

}  // namespace syncline::emulated
