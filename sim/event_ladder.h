// Entries in order of (time, sequence number), most of them unsorted until their time is near: a ladder queue (Tang, Goh and
// Thng, Ladder queue: an O(1) priority queue structure for large-scale discrete event simulation, ACM TOMACS 15(3), 2005).
//
// Far entries lie in `top` as they came. When nothing nearer is left they are dealt into the buckets of a rung, each some
// 2^shift picoseconds wide; the first bucket that holds entries becomes the next rung down where it is large, and else is sorted:
// it is the run whose entries come next. So an entry is moved a few times, and each time in O(1). Entries that come for a time
// which the run has reached already wait in a heap beside it; where they become many they are dealt into a rung as well.
//
// Cost: a rung's buckets are at most a quarter as wide as the range of what was dealt into it, or a picosecond, so the bits of a
// time, not the number of entries, bound how often one goes down. Sorting runs, the heap, and finding an entry's rung among those
// that spills left take O(log n).
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace syncline::sim {

struct LadderEntry {
  std::int64_t at = 0;  // picoseconds
  std::uint64_t sequence = 0;
  std::uint32_t slot = 0;
  /// Without branches: which comes first is anybody's guess.
  bool before(const LadderEntry& other) const { return (at < other.at) | ((at == other.at) & (sequence < other.sequence)); }
};

class EventLadder {
 public:
  std::size_t size() const { return size_; }
  /// Entries put into buckets and rungs looked at for a place, so far: what tests count instead of time.
  std::uint64_t steps() const { return steps_; }
  void push(const LadderEntry& entry);
  /// The first entry, until the next push or pop. There must be one. Calls f(entry) for entries that have come near: soon they
  /// will be the first.
  template <class Function>
  const LadderEntry& first(Function&& f) {
    if (run_.empty() && late_.empty()) {
      refill();
      for (const LadderEntry& entry : run_) f(entry);
    }
    return late_is_first() ? late_.front() : run_.back();
  }
  void pop();  // the first entry; there must be one

  /// Keeps the entries for which keep(entry) holds. O(size()).
  template <class Function>
  void filter(Function&& keep) {
    std::vector<LadderEntry> entries = take_all();
    for (const LadderEntry& entry : entries) {
      if (keep(entry)) push(entry);
    }
  }

 private:
  static constexpr std::size_t kBlockEntries = 5;
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  /// Buckets are lists of blocks.
  struct Block {
    std::uint32_t next = kNone;
    std::uint32_t count = 0;
    LadderEntry entries[kBlockEntries];
  };

  /// Bucket i holds times from start + i * 2^shift on, up to the next bucket's, the last one up to the rung's end.
  struct Rung {
    std::int64_t start = 0, end = 0;  // of its times, the end excluded
    int shift = 0;
    std::size_t current = 0;            // the first bucket that has not been taken
    std::vector<std::uint32_t> blocks;  // [bucket] its first block, or kNone
  };

  bool late_is_first() const { return !late_.empty() && (run_.empty() || late_.front().before(run_.back())); }
  void put(Rung& rung, const LadderEntry& entry);
  void refill();
  void begin_run(std::vector<LadderEntry>& entries, std::int64_t end);
  void deal(std::vector<LadderEntry>& entries, std::int64_t end);
  void descend(std::vector<LadderEntry>& entries, std::int64_t end);
  void take_bucket(Rung& rung, std::size_t bucket, std::vector<LadderEntry>& entries);
  std::vector<LadderEntry> take_all();
  void spill();
  std::vector<LadderEntry> take_near();

  std::size_t size_ = 0;
  std::uint64_t steps_ = 0;
  // All entries before near_end_:
  std::vector<LadderEntry> run_;   // the last one comes first
  std::vector<LadderEntry> late_;  // a 4-ary heap
  std::int64_t near_end_ = std::numeric_limits<std::int64_t>::min();
  std::size_t spill_at_ = 0;  // how many they may be
  std::vector<Rung> rungs_;   // the last one is the lowest; those above begin where it ends
  std::size_t rungs_in_use_ = 0;
  std::vector<LadderEntry> top_;      // what is behind all rungs
  std::vector<LadderEntry> dealing_;  // room for refill()
  std::vector<Block> blocks_;
  std::uint32_t free_block_ = kNone;
};

}  // namespace syncline::sim
