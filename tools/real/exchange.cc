#include "tools/real/exchange.h"

#include <algorithm>
#include <cstring>

namespace syncline::tools {

std::vector<std::string> gather_texts(Transport& transport, const std::string& mine) {
  const auto ranks = static_cast<std::size_t>(transport.size());
  const auto length = static_cast<std::int64_t>(mine.size());
  std::vector<std::int64_t> lengths(ranks);
  transport.all_gather(&length, lengths.data(), sizeof length);
  // As many bytes from each, as a library's plain all-gather has it.
  const auto longest = static_cast<std::size_t>(std::ranges::max(lengths));
  std::vector<char> padded(longest, ' '), all(longest * ranks);
  std::ranges::copy(mine, padded.begin());
  if (longest > 0) transport.all_gather(padded.data(), all.data(), static_cast<std::int64_t>(longest));
  std::vector<std::string> texts;
  for (std::size_t rank = 0; rank < ranks; ++rank) {
    texts.emplace_back(all.data() + rank * longest, static_cast<std::size_t>(lengths[rank]));
  }
  return texts;
}

std::vector<std::vector<double>> gather_numbers(Transport& transport, const std::vector<double>& mine) {
  const std::size_t count = mine.size();
  std::vector<double> all(count * static_cast<std::size_t>(transport.size()));
  if (count > 0) transport.all_gather(mine.data(), all.data(), static_cast<std::int64_t>(count * sizeof(double)));
  std::vector<std::vector<double>> result;
  for (std::size_t rank = 0; rank < static_cast<std::size_t>(transport.size()); ++rank) {
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(rank * count);
    result.emplace_back(begin, begin + static_cast<std::ptrdiff_t>(count));
  }
  return result;
}

}  // namespace syncline::tools
