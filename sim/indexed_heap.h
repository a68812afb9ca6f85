// Who is next, with times that may change.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/units.h"

namespace syncline::sim {

/// A 4-ary heap over small numbers (of flows, say); each knows its place, so that a change of time costs O(log n). Of equal
/// times, the lower sequence number comes first.
class IndexedHeap {
 public:
  bool empty() const { return heap_.empty(); }
  std::size_t size() const { return heap_.size(); }
  /// Of the first, where there is one.
  Time next_time() const { return heap_.front().at; }
  std::uint32_t next() const { return heap_.front().index; }

  /// Puts it in, or moves it.
  void set(std::uint32_t index, Time at, std::uint64_t sequence);
  /// Without effect where it is not in.
  void remove(std::uint32_t index);

 private:
  struct Entry {
    Time at;
    std::uint64_t sequence;
    std::uint32_t index;
    bool before(const Entry& other) const { return at != other.at ? at < other.at : sequence < other.sequence; }
  };
  static constexpr std::uint32_t kNowhere = ~std::uint32_t{0};

  void put(std::size_t place, const Entry& entry);
  void sift(std::size_t place, const Entry& entry);

  std::vector<Entry> heap_;
  std::vector<std::uint32_t> place_;  // [index] in the heap, or kNowhere
};

}  // namespace syncline::sim
