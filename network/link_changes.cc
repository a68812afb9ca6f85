#include "network/link_changes.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "sim/error.h"

namespace syncline::network {
namespace {

/// Walks through a list, with one event under way.
class Changes : public std::enable_shared_from_this<Changes> {
 public:
  Changes(sim::Simulator& simulator, FlowNetwork& flows, std::vector<LinkChange> changes)
      : simulator_(simulator), flows_(flows), changes_(std::move(changes)) {
    std::stable_sort(changes_.begin(), changes_.end(), [](const LinkChange& a, const LinkChange& b) { return a.at < b.at; });
  }

  void plan() {
    if (next_ == changes_.size()) return;
    simulator_.schedule_at(changes_[next_].at, [self = shared_from_this()] { self->happen(); });
  }

 private:
  void happen() {
    for (; next_ < changes_.size() && changes_[next_].at == simulator_.now(); ++next_) {
      const LinkChange& change = changes_[next_];
      if (change.capacity || change.latency) {
        flows_.set_link(change.link, change.capacity.value_or(flows_.capacity(change.link)),
                        change.latency.value_or(flows_.latency(std::span(&change.link, 1))));
      }
      if (change.up) flows_.set_up(change.link, *change.up);
    }
    plan();
  }

  sim::Simulator& simulator_;
  FlowNetwork& flows_;
  std::vector<LinkChange> changes_;
  std::size_t next_ = 0;
};

/// Exponentially distributed, as -mean * log(1 - u) would be, without the C library's logarithm, whose last bits differ between
/// machines: a gamma variable of shape 1 is the same.
Time exponential(Time mean, sim::RandomStream& random) { return Time::from_seconds(mean.seconds() * random.gamma(1)); }

void check(const LinkWeather& weather) {
  if (!(weather.least_capacity > 0) || !(weather.greatest_capacity >= weather.least_capacity)) {
    throw UserError("a link's least and greatest capacity must be above 0 and in order");
  }
  if (std::min({weather.mean_between_changes, weather.mean_until_failure, weather.mean_repair}) < Time::zero()) {
    throw UserError("a link's mean times must not be negative");
  }
  if (weather.mean_until_failure > Time::zero() && weather.mean_repair == Time::zero()) {
    throw UserError("a link that fails needs a time to repair");
  }
}

}  // namespace

void schedule_changes(sim::Simulator& simulator, FlowNetwork& flows, std::vector<LinkChange> changes) {
  std::make_shared<Changes>(simulator, flows, std::move(changes))->plan();
}

std::vector<LinkChange> weather_changes(const LinkWeather& weather, const Topology& topology, LinkId link, Time until,
                                        sim::RandomStream& random) {
  check(weather);
  std::vector<LinkChange> changes;
  const double capacity = topology.link(link).capacity.in_bytes_per_second();
  if (weather.mean_between_changes > Time::zero()) {
    Time at = exponential(weather.mean_between_changes, random);
    for (; at <= until; at += exponential(weather.mean_between_changes, random)) {
      const double part = weather.least_capacity + random.uniform() * (weather.greatest_capacity - weather.least_capacity);
      changes.push_back({at, link, Bandwidth::bytes_per_second(part * capacity), std::nullopt, std::nullopt});
    }
  }
  if (weather.mean_until_failure > Time::zero()) {
    Time at = exponential(weather.mean_until_failure, random);
    while (at <= until) {
      changes.push_back({at, link, std::nullopt, std::nullopt, false});
      at = std::min(at + exponential(weather.mean_repair, random), std::max(at, until));
      changes.push_back({at, link, std::nullopt, std::nullopt, true});
      at += exponential(weather.mean_until_failure, random);
    }
  }
  return changes;
}

}  // namespace syncline::network
