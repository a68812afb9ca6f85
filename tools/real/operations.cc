#include "tools/real/operations.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

namespace syncline::tools {
namespace {

using Key = std::tuple<int, std::string, std::string, int>;  // rank, category, name, index

Key key_of(const Operation& operation) { return {operation.rank, operation.category, operation.name, operation.index}; }

}  // namespace

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

std::vector<Operation> operations_of(const std::vector<sim::Span>& spans, const std::vector<std::vector<double>>& period_begins,
                                     std::size_t skipped) {
  struct Times {
    double bytes = 0;
    std::vector<double> begins, seconds;
  };
  std::vector<sim::Span> ordered = spans;
  std::ranges::stable_sort(ordered, {}, &sim::Span::begin);
  std::map<std::tuple<int, std::size_t, std::string, std::string>, int> counts;  // rank, period, category, name
  std::map<Key, Times> times;
  for (const sim::Span& span : ordered) {
    const std::vector<double>& begins = period_begins[static_cast<std::size_t>(span.track)];
    const double begin = span.begin.seconds();
    const auto after = std::ranges::upper_bound(begins, begin);
    if (after == begins.begin() || after == begins.end()) continue;
    const auto period = static_cast<std::size_t>(after - begins.begin()) - 1;
    const int index = counts[{span.track, period, span.category, span.name}]++;
    if (period < skipped) continue;
    Times& found = times[{span.track, span.category, span.name, index}];
    found.bytes = static_cast<double>(span.bytes.count());
    found.begins.push_back(begin - begins[period]);
    found.seconds.push_back((span.end - span.begin).seconds());
  }
  std::vector<Operation> operations;
  for (const auto& [key, found] : times) {
    const auto& [rank, category, name, index] = key;
    operations.push_back({rank, category, name, index, found.bytes, median(found.begins), median(found.seconds)});
  }
  return operations;
}

std::vector<OperationPair> match(const std::vector<Operation>& predicted, const std::vector<Operation>& measured) {
  std::map<Key, const Operation*> known;
  for (const Operation& operation : measured) known[key_of(operation)] = &operation;
  const auto name_of = [](const Operation& operation) { return std::pair(operation.category, operation.name); };
  std::set<std::pair<std::string, std::string>> apart;  // names of which two don't go together
  std::vector<OperationPair> pairs;
  for (const Operation& operation : predicted) {
    const auto found = known.find(key_of(operation));
    if (found == known.end()) continue;
    pairs.push_back({operation, *found->second});
    if (found->second->bytes != operation.bytes) apart.insert(name_of(operation));
  }
  std::erase_if(pairs, [&](const OperationPair& pair) { return apart.contains(name_of(pair.predicted)); });
  std::ranges::stable_sort(pairs, {}, [](const OperationPair& pair) { return pair.predicted.begin; });
  return pairs;
}

}  // namespace syncline::tools
