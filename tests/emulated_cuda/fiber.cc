#include "tests/emulated_cuda/fiber.h"

#include <sys/mman.h>

#include <new>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#endif

#ifndef __x86_64__
#include <ucontext.h>
#endif

namespace syncline::emulated {
namespace {

#ifdef __SANITIZE_ADDRESS__
constexpr std::size_t kStackBytes = 256 << 10;  // a report is written on the stack of who is at fault
#else
constexpr std::size_t kStackBytes = 64 << 10;
#endif
constexpr std::size_t kGuardBytes = 64 << 10;  // below a stack: who needs more crashes at once, and harms no other

// The last switch, from and to.
Fiber* left = nullptr;
Fiber* running = nullptr;

/// The lowest address of a new stack. They are kept for ever: as many as a block has ever had threads that wait.
void* new_stack() {
  void* const pages = mmap(nullptr, kGuardBytes + kStackBytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (pages == MAP_FAILED) throw std::bad_alloc();
  void* const stack = static_cast<char*>(pages) + kGuardBytes;
  if (mprotect(stack, kStackBytes, PROT_READ | PROT_WRITE) != 0) throw std::bad_alloc();
  return stack;
}

// A context is where a fiber stopped: what swap() needs to go on there.
#ifdef __x86_64__

// swapcontext would save the signal mask, too, by a system call: 300 times as slow, at every __syncthreads of every thread.
// Here a context is a stack pointer; on the stack lie the registers that a called function must keep, and where to go on.
extern "C" void syncline_switch_stack(void** old_context, void* new_context);
asm(R"(
.text
.type syncline_switch_stack, @function
syncline_switch_stack:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size syncline_switch_stack, . - syncline_switch_stack
)");

void swap(void** old_context, void* new_context) { syncline_switch_stack(old_context, new_context); }

void* context_of_caller() { return nullptr; }

/// As if begin() were to be called from nowhere: six registers, its address, and no address to return to.
void* context_on(void* bottom, void (*begin)()) {
  auto** const top = reinterpret_cast<void**>(static_cast<char*>(bottom) + kStackBytes);
  top[-2] = reinterpret_cast<void*>(begin);
  return top - 8;
}

#else  // slower, and AddressSanitizer says once that it has its doubts

void swap(void** old_context, void* new_context) {
  swapcontext(static_cast<ucontext_t*>(*old_context), static_cast<ucontext_t*>(new_context));
}

void* context_of_caller() { return new ucontext_t; }

void* context_on(void* bottom, void (*begin)()) {
  auto* const context = new ucontext_t;
  getcontext(context);
  context->uc_stack.ss_sp = bottom;
  context->uc_stack.ss_size = kStackBytes;
  makecontext(context, begin, 0);
  return context;
}

#endif

}  // namespace

Fiber::Fiber() : context_(context_of_caller()) {}

Fiber::Fiber(void (*entry)())
    : entry_(entry), bottom_(new_stack()), size_(kStackBytes), context_(context_on(bottom_, &Fiber::begin)) {}

void Fiber::switch_to(Fiber& to) {
  left = this;
  running = &to;
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_start_switch_fiber(&fake_stack_, to.bottom_, to.size_);
#endif
  swap(&context_, to.context_);
  arrive();
}

void Fiber::arrive() {
#ifdef __SANITIZE_ADDRESS__
  const void* bottom = nullptr;
  __sanitizer_finish_switch_fiber(running->fake_stack_, &bottom, &left->size_);
  left->bottom_ = const_cast<void*>(bottom);
#endif
}

void Fiber::begin() {
  arrive();
  running->entry_();
}

}  // namespace syncline::emulated
