#include "sim/event_ladder.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <utility>

namespace syncline::sim {
namespace {

constexpr std::size_t kArity = 4;
constexpr std::size_t kNearEntries = 32;    // as many are sorted at once rather than dealt again
constexpr std::size_t kSpillEntries = 128;  // more that have come late are dealt instead
constexpr std::size_t kBucketEntries = 4;   // wanted in a bucket

void push_heap(std::vector<LadderEntry>& heap, const LadderEntry& entry) {
  std::size_t place = heap.size();
  heap.emplace_back();
  while (place > 0 && entry.before(heap[(place - 1) / kArity])) {
    heap[place] = heap[(place - 1) / kArity];
    place = (place - 1) / kArity;
  }
  heap[place] = entry;
}

void pop_heap(std::vector<LadderEntry>& heap) {
  const LadderEntry entry = heap.back();
  heap.pop_back();
  if (heap.empty()) return;
  std::size_t place = 0;
  for (;;) {
    const std::size_t first = place * kArity + 1;
    if (first >= heap.size()) break;
    const std::size_t end = std::min(first + kArity, heap.size());
    std::size_t least = first;
    for (std::size_t child = first + 1; child < end; ++child) {
      if (heap[child].before(heap[least])) least = child;
    }
    if (!heap[least].before(entry)) break;
    heap[place] = heap[least];
    place = least;
  }
  heap[place] = entry;
}

/// By insertion, the first to come last.
void sort_few(std::vector<LadderEntry>& entries) {
  for (std::size_t i = 1; i < entries.size(); ++i) {
    const LadderEntry entry = entries[i];
    std::size_t place = i;
    for (; place > 0 && entries[place - 1].before(entry); --place) entries[place] = entries[place - 1];
    entries[place] = entry;
  }
}

/// Behind all others, and no entry is there.
std::int64_t after(std::int64_t at) { return at == std::numeric_limits<std::int64_t>::max() ? at : at + 1; }

}  // namespace

void EventLadder::push(const LadderEntry& entry) {
  ++size_;
  if (entry.at < near_end_) {
    push_heap(late_, entry);
    if (late_.size() > spill_at_) spill();
    return;
  }
  // The lowest rung that ends behind it. There may be many: each spill leaves one.
  std::size_t low = 0, high = rungs_in_use_;  // those above `low` end behind it, those from `high` on do not
  while (low < high) {
    ++steps_;
    const std::size_t middle = low + (high - low) / 2;
    if (entry.at < rungs_[middle].end) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low > 0) {
    put(rungs_[low - 1], entry);
  } else {
    top_.push_back(entry);
  }
}

void EventLadder::pop() {
  if (run_.empty() && late_.empty()) refill();
  --size_;
  if (late_is_first()) {
    pop_heap(late_);
  } else {
    run_.pop_back();
  }
}

void EventLadder::put(Rung& rung, const LadderEntry& entry) {
  ++steps_;
  const std::uint64_t from_start = static_cast<std::uint64_t>(entry.at) - static_cast<std::uint64_t>(rung.start);
  std::uint32_t& head = rung.blocks[std::min(static_cast<std::size_t>(from_start >> rung.shift), rung.blocks.size() - 1)];
  if (head == kNone || blocks_[head].count == kBlockEntries) {
    std::uint32_t block = free_block_;
    if (block == kNone) {
      block = static_cast<std::uint32_t>(blocks_.size());
      blocks_.emplace_back();
    } else {
      free_block_ = blocks_[block].next;
    }
    blocks_[block].next = head;
    blocks_[block].count = 0;
    head = block;
  }
  Block& block = blocks_[head];
  block.entries[block.count++] = entry;
}

void EventLadder::take_bucket(Rung& rung, std::size_t bucket, std::vector<LadderEntry>& entries) {
  entries.clear();
  std::uint32_t next = std::exchange(rung.blocks[bucket], kNone);
  while (next != kNone) {
    Block& block = blocks_[next];
    for (std::uint32_t i = 0; i < block.count; ++i) entries.push_back(block.entries[i]);
    const std::uint32_t freed = std::exchange(next, block.next);
    block.next = std::exchange(free_block_, freed);
  }
}

void EventLadder::refill() {
  while (run_.empty()) {
    if (rungs_in_use_ == 0) {
      dealing_.swap(top_);
      top_.clear();
      std::int64_t last = dealing_.front().at;
      for (const LadderEntry& entry : dealing_) last = std::max(last, entry.at);
      descend(dealing_, after(last));
      continue;
    }
    Rung& rung = rungs_[rungs_in_use_ - 1];
    while (rung.current < rung.blocks.size() && rung.blocks[rung.current] == kNone) ++rung.current;
    if (rung.current == rung.blocks.size()) {
      near_end_ = rung.end;
      --rungs_in_use_;
      continue;
    }
    const std::size_t bucket = rung.current++;
    const std::int64_t end = rung.current == rung.blocks.size()
                                 ? rung.end
                                 : rung.start + static_cast<std::int64_t>(static_cast<std::uint64_t>(rung.current) << rung.shift);
    take_bucket(rung, bucket, dealing_);
    descend(dealing_, end);
  }
}

/// Entries that are all before `end`, and before all others: few become the run, many a rung.
void EventLadder::descend(std::vector<LadderEntry>& entries, std::int64_t end) {
  if (entries.size() > kNearEntries) {
    deal(entries, end);
    return;
  }
  begin_run(entries, end);
}

void EventLadder::begin_run(std::vector<LadderEntry>& entries, std::int64_t end) {
  run_.swap(entries);
  if (run_.size() > kNearEntries) {
    std::sort(run_.begin(), run_.end(), [](const LadderEntry& a, const LadderEntry& b) { return b.before(a); });
  } else {
    sort_few(run_);
  }
  near_end_ = end;
  spill_at_ = std::max(kSpillEntries, run_.size());  // so that a spill moves no more than twice what has come late
}

/// Into a new lowest rung; where all are due at one time, into the run.
void EventLadder::deal(std::vector<LadderEntry>& entries, std::int64_t end) {
  const auto [least, greatest] =
      std::minmax_element(entries.begin(), entries.end(), [](const LadderEntry& a, const LadderEntry& b) { return a.at < b.at; });
  const std::int64_t first = least->at;
  const auto range = static_cast<std::uint64_t>(greatest->at) - static_cast<std::uint64_t>(first);
  if (range == 0) {
    begin_run(entries, end);
    return;
  }
  if (rungs_.size() == rungs_in_use_) rungs_.emplace_back();
  Rung& rung = rungs_[rungs_in_use_++];
  const std::uint64_t buckets = std::max<std::uint64_t>(2, entries.size() / kBucketEntries);
  rung.shift = 0;
  while ((range >> rung.shift) >= buckets) ++rung.shift;
  rung.start = first;
  rung.end = end;
  rung.current = 0;
  // Times from the last entry's on, up to the end, belong to the last bucket.
  rung.blocks.assign(static_cast<std::size_t>(range >> rung.shift) + 1, kNone);
  near_end_ = first;
  for (const LadderEntry& entry : entries) put(rung, entry);
}

std::vector<LadderEntry> EventLadder::take_near() {
  std::vector<LadderEntry> near = std::exchange(run_, {});
  near.insert(near.end(), late_.begin(), late_.end());
  late_.clear();
  return near;
}

/// Too many have come late. Where that did not help, more may come before it is tried again.
void EventLadder::spill() {
  dealing_ = take_near();
  const std::size_t count = dealing_.size();
  deal(dealing_, near_end_);
  if (!run_.empty()) spill_at_ = 2 * count;
}

std::vector<LadderEntry> EventLadder::take_all() {
  std::vector<LadderEntry> all = take_near();
  std::vector<LadderEntry> bucket;
  for (std::size_t r = 0; r < rungs_in_use_; ++r) {
    for (std::size_t b = 0; b < rungs_[r].blocks.size(); ++b) {
      take_bucket(rungs_[r], b, bucket);
      all.insert(all.end(), bucket.begin(), bucket.end());
    }
  }
  rungs_in_use_ = 0;
  all.insert(all.end(), top_.begin(), top_.end());
  top_.clear();
  near_end_ = std::numeric_limits<std::int64_t>::min();
  size_ = 0;
  return all;
}

}  // namespace syncline::sim
