#include "network/agreement.h"

#include <algorithm>

namespace syncline::network {

sim::Task<std::int64_t> Agreement::least(int rank, std::int64_t value) {
  const std::int64_t number = calls_[static_cast<std::size_t>(rank)]++;
  const auto place = static_cast<std::size_t>(number - first_round_);
  if (place == rounds_.size()) rounds_.push_back(std::make_shared<Round>(simulator_));
  const std::shared_ptr<Round> round = rounds_[place];
  round->least = round->called == 0 ? value : std::min(round->least, value);
  if (++round->called == calls_.size()) {
    round->complete.trigger();
    rounds_.pop_front();  // who has called this one has called all before it
    ++first_round_;
  }
  sim::Event& complete = round->complete;
  co_await complete;
  co_return round->least;
}

}  // namespace syncline::network
