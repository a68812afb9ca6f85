#include "tools/real/exact_data.h"

#include <fmt/format.h>

#include <vector>

namespace syncline::tools {
namespace {

/// Whole numbers from -32 to 31: the sums of half a million ranks are exact in float.
float number(int rank, std::int64_t i) { return static_cast<float>((i * 37 + rank * 11) % 64 - 32); }
std::uint8_t byte(int rank, std::int64_t i) { return static_cast<std::uint8_t>(i * 37 + rank * 101 + i / 251); }

template <class T>
std::vector<T> download(Transport& transport, const void* from, std::int64_t count) {
  std::vector<T> host(static_cast<std::size_t>(count));
  transport.download(host.data(), from, count * static_cast<std::int64_t>(sizeof(T)));
  return host;
}

}  // namespace

void ExactData::grow(Array& array, std::int64_t bytes) { array = {collectives_.transport().allocate(bytes), bytes}; }

void ExactData::prepare_all_reduce(std::int64_t elements) {
  if (numbers_.bytes >= 4 * elements) return;
  grow(numbers_, 4 * elements);
  grow(sums_, 4 * elements);
  std::vector<float> host(static_cast<std::size_t>(elements));
  for (std::size_t i = 0; i < host.size(); ++i) host[i] = number(collectives_.rank(), static_cast<std::int64_t>(i));
  collectives_.transport().upload(numbers_.memory.get(), host.data(), 4 * elements);
}

void ExactData::prepare_all_gather(std::int64_t bytes) {
  if (mine_.bytes >= bytes) return;
  grow(mine_, bytes);
  grow(all_, bytes * collectives_.size());
  std::vector<std::uint8_t> host(static_cast<std::size_t>(bytes));
  for (std::size_t i = 0; i < host.size(); ++i) host[i] = byte(collectives_.rank(), static_cast<std::int64_t>(i));
  collectives_.transport().upload(mine_.memory.get(), host.data(), bytes);
}

void ExactData::reduce(Reduction reduction, std::int64_t elements, bool check) {
  prepare_all_reduce(elements);
  Transport& transport = collectives_.transport();
  if (check) {
    const std::vector<float> wrong(static_cast<std::size_t>(elements), -1e9F);
    transport.upload(sums_.memory.get(), wrong.data(), 4 * elements);
  }
  (collectives_.*reduction)(static_cast<const float*>(numbers_.memory.get()), static_cast<float*>(sums_.memory.get()), elements);
  if (!check) return;
  const std::vector<float> sums = download<float>(transport, sums_.memory.get(), elements);
  for (std::int64_t i = 0; i < elements; ++i) {
    float sum = 0;
    for (int rank = 0; rank < collectives_.size(); ++rank) sum += number(rank, i);
    const float got = sums[static_cast<std::size_t>(i)];
    if (got != sum) {
      throw TransportError(
          fmt::format("an all-reduce of {} numbers gave {} in place of {} at element {}", elements, got, sum, i));
    }
  }
}

void ExactData::all_gather(std::int64_t bytes, bool check) {
  prepare_all_gather(bytes);
  Transport& transport = collectives_.transport();
  const std::int64_t total = bytes * collectives_.size();
  if (check) {
    std::vector<std::uint8_t> wrong(static_cast<std::size_t>(total));
    for (std::int64_t i = 0; i < total; ++i) {
      wrong[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(~byte(static_cast<int>(i / bytes), i % bytes));
    }
    transport.upload(all_.memory.get(), wrong.data(), total);
  }
  collectives_.all_gather(mine_.memory.get(), all_.memory.get(), bytes);
  if (!check) return;
  const std::vector<std::uint8_t> all = download<std::uint8_t>(transport, all_.memory.get(), total);
  for (std::int64_t i = 0; i < total; ++i) {
    const int rank = static_cast<int>(i / bytes);
    if (all[static_cast<std::size_t>(i)] == byte(rank, i % bytes)) continue;
    throw TransportError(fmt::format("an all-gather of {} bytes gave a wrong byte {} of rank {}", bytes, i % bytes, rank));
  }
}

}  // namespace syncline::tools
