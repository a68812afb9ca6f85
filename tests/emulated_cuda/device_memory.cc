#include "tests/emulated_cuda/device_memory.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "tests/emulated_cuda/emulator.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, size) static_cast<void>(0)
#define ASAN_UNPOISON_MEMORY_REGION(address, size) static_cast<void>(0)
#endif

namespace syncline::emulated {
namespace {

#ifdef __SANITIZE_ADDRESS__
constexpr bool kPoisoned = true;
#else
constexpr bool kPoisoned = false;
#endif
/// Less than CUDA's 256, so that less lies between the end and the page that nobody may touch; as much as device.h promises.
constexpr std::size_t kAlignment = 64;
constexpr char kFence = '\x5a';
constexpr int kUnset = 0xff;

std::size_t page_size() {
  static const auto size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return size;
}

std::size_t round_up(std::size_t bytes, std::size_t unit) { return (bytes + unit - 1) / unit * unit; }

std::uintptr_t number(const void* address) { return reinterpret_cast<std::uintptr_t>(address); }

struct sigaction previous;

/// Says where device memory was touched, then lets happen what would have happened.
void on_crash(int, siginfo_t* info, void*) {
  sigaction(SIGSEGV, &previous, nullptr);
  const std::string who = running_thread(), where = DeviceMemory::instance().describe(info->si_addr);
  if (!who.empty()) {
    std::fprintf(stderr, "emulated CUDA: %s: bad address %p %s\n", who.c_str(), info->si_addr, where.c_str());
  } else if (!where.empty()) {
    std::fprintf(stderr, "emulated CUDA: the host's code touches device memory: %p %s\n", info->si_addr, where.c_str());
  }
}

}  // namespace

DeviceMemory& DeviceMemory::instance() {
  static DeviceMemory& memory = *[] {
    struct sigaction action {};
    action.sa_sigaction = on_crash;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigaction(SIGSEGV, &action, &previous);
    return new DeviceMemory;  // never destroyed: statics may free device memory later than that
  }();
  return memory;
}

std::size_t DeviceMemory::limit() {
  const char* const given = std::getenv("SYNCLINE_EMULATED_GPU_BYTES");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : std::size_t{4} << 30;
}

void* DeviceMemory::allocate(std::size_t bytes) {
  if (bytes > limit() || used_ > limit() - bytes) return nullptr;
  const std::size_t page = page_size(), whole = round_up(bytes, kAlignment), page_bytes = round_up(whole, page);
  void* const all = mmap(nullptr, page_bytes + 2 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (all == MAP_FAILED) return nullptr;
  char* const pages = static_cast<char*>(all) + page;
  char* const data = pages + page_bytes - whole;
  allocations_[number(data)] = {bytes, pages, page_bytes};
  used_ += bytes;
  const Open open(data);
  std::memset(pages, kFence, page_bytes);
  std::memset(data, kUnset, bytes);
  ASAN_POISON_MEMORY_REGION(pages, data - pages);
  ASAN_POISON_MEMORY_REGION(data + bytes, whole - bytes);
  return data;
}

bool DeviceMemory::free(void* data) {
  const auto found = allocations_.find(number(data));
  if (found == allocations_.end()) return false;
  const Allocation& gone = found->second;
  ASAN_UNPOISON_MEMORY_REGION(gone.pages, gone.page_bytes);
  munmap(gone.pages - page_size(), gone.page_bytes + 2 * page_size());
  used_ -= gone.bytes;
  allocations_.erase(found);
  return true;
}

/// The allocation with the pages, the two beside them included, that an address lies in.
DeviceMemory::Allocations::const_iterator DeviceMemory::around(const void* address) const {
  const auto inside = [&](Allocations::const_iterator i) {
    const std::uintptr_t begin = number(i->second.pages);
    return number(address) + page_size() >= begin && number(address) < begin + i->second.page_bytes + page_size();
  };
  auto next = allocations_.upper_bound(number(address));  // begins behind the address: it may be in the pages before
  if (next != allocations_.begin() && inside(std::prev(next))) return std::prev(next);
  return next != allocations_.end() && inside(next) ? next : allocations_.end();
}

bool DeviceMemory::holds(const void* data, std::size_t bytes) const {
  const auto found = around(data);
  if (found == allocations_.end() || number(data) < found->first) return false;
  const std::size_t offset = number(data) - found->first;
  return offset <= found->second.bytes && bytes <= found->second.bytes - offset;
}

bool DeviceMemory::touches(const void* data, std::size_t bytes) const {
  const auto* const last = static_cast<const char*>(data) + (bytes > 0 ? bytes - 1 : 0);
  return around(data) != allocations_.end() || around(last) != allocations_.end();
}

void DeviceMemory::check_fences() const {
  if (kPoisoned) return;
  const auto untouched = [](const char* begin, const char* end) {  // the first is right, and each like the one before
    return begin == end || (*begin == kFence && std::memcmp(begin, begin + 1, static_cast<std::size_t>(end - begin - 1)) == 0);
  };
  for (const auto& [first, allocation] : allocations_) {
    const char* const begin = reinterpret_cast<const char*>(first);
    const char* const end = begin + allocation.bytes;
    if (!untouched(allocation.pages, begin))
      die("it wrote before an allocation of " + std::to_string(allocation.bytes) + " bytes");
    if (!untouched(end, allocation.pages + allocation.page_bytes)) {
      die("it wrote behind an allocation of " + std::to_string(allocation.bytes) + " bytes");
    }
  }
}

std::string DeviceMemory::describe(const void* address) const {
  const auto found = around(address);
  if (found == allocations_.end()) return "";
  const auto offset = static_cast<std::int64_t>(number(address) - found->first);
  return "(byte " + std::to_string(offset) + " of an allocation of " + std::to_string(found->second.bytes) + ")";
}

void DeviceMemory::protect(const void* data, bool open) const {
  const auto change = [&](const Allocation& allocation) {
    if (mprotect(allocation.pages, allocation.page_bytes, open ? PROT_READ | PROT_WRITE : PROT_NONE) != 0) {
      die("mprotect fails: more allocations than the system allows (vm.max_map_count)");
    }
  };
  if (data == nullptr) {
    for (const auto& row : allocations_) change(row.second);
  } else if (const auto found = around(data); found != allocations_.end()) {
    change(found->second);
  }
}

DeviceMemory::Open::Open() { instance().protect(nullptr, true); }
DeviceMemory::Open::Open(const void* data) : data_(data) { instance().protect(data, true); }
DeviceMemory::Open::~Open() { instance().protect(data_, false); }

}  // namespace syncline::emulated
