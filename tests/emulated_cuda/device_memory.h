// The memory of the emulated device. Each allocation has pages of its own, between pages that nobody may touch, and they can
// be touched only while a kernel or a copy runs: host code that follows a device pointer crashes.
//
// What is new holds NaN, and -1 as integers: on a GPU, anything. An allocation ends at most 63 bytes before the page that
// nobody may touch. What of its pages doesn't belong to it is poisoned where there is AddressSanitizer, which stops at the first
// wrong byte read or written; elsewhere it holds a pattern, and a kernel that wrote there is found when it is done.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace syncline::emulated {

/// All but instance() under device_lock().
class DeviceMemory {
 public:
  static DeviceMemory& instance();

  /// nullptr where the limit or the machine doesn't allow it.
  void* allocate(std::size_t bytes);
  /// False where nothing begins there.
  bool free(void* data);
  /// True where all of it lies in one allocation.
  bool holds(const void* data, std::size_t bytes) const;
  /// True where some of it lies in the pages of one.
  bool touches(const void* data, std::size_t bytes) const;
  std::size_t used() const { return used_; }
  /// The environment's SYNCLINE_EMULATED_GPU_BYTES, else 4 GiB.
  static std::size_t limit();
  /// Ends the program where something was written just before or behind an allocation.
  void check_fences() const;
  /// Where an address lies, for the report of a crash; "" where no device memory is near.
  std::string describe(const void* address) const;

  /// While it lives, all device memory can be touched, or only what `data` lies in: nothing, where that is the host's.
  class Open {
   public:
    Open();
    explicit Open(const void* data);
    ~Open();
    Open(const Open&) = delete;
    Open& operator=(const Open&) = delete;

   private:
    const void* data_ = nullptr;
  };

 private:
  struct Allocation {
    std::size_t bytes = 0;
    char* pages = nullptr;  // its own, without those that nobody may touch
    std::size_t page_bytes = 0;
  };
  using Allocations = std::map<std::uintptr_t, Allocation>;  // by their first byte

  Allocations::const_iterator around(const void* address) const;
  void protect(const void* data, bool open) const;

  Allocations allocations_;
  std::size_t used_ = 0;
};

}  // namespace syncline::emulated
