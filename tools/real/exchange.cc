#include "tools/real/exchange.h"

#include <algorithm>
#include <memory>

namespace syncline::tools {

namespace {

/// [rank][size] of all ranks, through the transport's memory.
template <class T>
std::vector<T> gather(Transport& transport, const std::vector<T>& mine) {
  const auto bytes = static_cast<std::int64_t>(mine.size() * sizeof(T));
  std::vector<T> all(mine.size() * static_cast<std::size_t>(transport.size()));
  if (bytes == 0) return all;
  const std::shared_ptr<void> part = transport.allocate(bytes), whole = transport.allocate(bytes * transport.size());
  transport.upload(part.get(), mine.data(), bytes);
  transport.all_gather(part.get(), whole.get(), bytes);
  transport.download(all.data(), whole.get(), bytes * transport.size());
  return all;
}

}  // namespace

std::vector<std::string> gather_texts(Transport& transport, const std::string& mine) {
  const std::vector<std::int64_t> lengths = gather<std::int64_t>(transport, {static_cast<std::int64_t>(mine.size())});
  // As many bytes from each, as a library's plain all-gather has it.
  const auto longest = static_cast<std::size_t>(std::ranges::max(lengths));
  std::vector<char> padded(longest, ' ');
  std::ranges::copy(mine, padded.begin());
  const std::vector<char> all = gather(transport, padded);
  std::vector<std::string> texts;
  for (std::size_t rank = 0; rank < lengths.size(); ++rank) {
    texts.emplace_back(all.data() + rank * longest, static_cast<std::size_t>(lengths[rank]));
  }
  return texts;
}

std::vector<std::vector<double>> gather_numbers(Transport& transport, const std::vector<double>& mine) {
  const std::vector<double> all = gather(transport, mine);
  std::vector<std::vector<double>> result;
  for (auto begin = all.begin(); begin != all.end(); begin += static_cast<std::ptrdiff_t>(mine.size())) {
    result.emplace_back(begin, begin + static_cast<std::ptrdiff_t>(mine.size()));
  }
  return result;
}

}  // namespace syncline::tools
