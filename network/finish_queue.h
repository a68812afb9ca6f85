// Flows by the time of their end: who is next, with times that change.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/units.h"

namespace syncline::network {

/// A 4-ary heap over small numbers (the flows' indices); each knows its place, so that a change of time costs O(log n). Of equal
/// times, the lower index comes first.
class FinishQueue {
 public:
  bool empty() const { return heap_.empty(); }
  Time next_time() const { return heap_.front().at; }
  std::uint32_t next() const { return heap_.front().index; }

  /// Puts it in, or moves it.
  void set(std::uint32_t index, Time at);
  /// Without effect where it is not in.
  void remove(std::uint32_t index);

 private:
  struct Entry {
    Time at;
    std::uint32_t index = 0;
    bool before(const Entry& other) const { return at != other.at ? at < other.at : index < other.index; }
  };
  static constexpr std::uint32_t kNowhere = ~std::uint32_t{0};

  void put(std::size_t place, const Entry& entry);
  void sift(std::size_t place, const Entry& entry);

  std::vector<Entry> heap_;
  std::vector<std::uint32_t> place_;  // [index] in the heap, or kNowhere
};

}  // namespace syncline::network
