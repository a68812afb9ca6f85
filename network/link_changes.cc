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
      make_change(flows_, changes_[next_]);
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

Time scaled(Time time, double by) { return Time::from_seconds(by * time.seconds()); }

void check(const LinkWeather& weather) {
  if (!(weather.least_capacity > 0) || !(weather.greatest_capacity >= weather.least_capacity)) {
    throw UserError("a link's least and greatest capacity must be above 0 and in order");
  }
  if (!(weather.least_latency >= 0) || !(weather.greatest_latency >= weather.least_latency)) {
    throw UserError("a link's least and greatest latency must not be below 0, and in order");
  }
  if (std::min({weather.mean_between_changes, weather.mean_between_latencies, weather.mean_until_failure, weather.mean_repair}) <
      Time::zero()) {
    throw UserError("a link's mean times must not be negative");
  }
  if (weather.mean_until_failure > Time::zero() && weather.mean_repair == Time::zero()) {
    throw UserError("a link that fails needs a time to repair");
  }
}

}  // namespace

void make_change(FlowNetwork& flows, const LinkChange& change) {
  if (change.capacity || change.latency) {
    flows.set_link(change.link, change.capacity.value_or(flows.capacity(change.link)),
                   change.latency.value_or(flows.latency(change.link)));
  }
  if (change.up) flows.set_up(change.link, *change.up);
}

void schedule_changes(sim::Simulator& simulator, FlowNetwork& flows, std::vector<LinkChange> changes) {
  std::make_shared<Changes>(simulator, flows, std::move(changes))->plan();
}

WeatherDraws::WeatherDraws(const LinkWeather& weather, sim::RandomStream random) : weather_(weather), random_(random) {
  check(weather);
  if (weather_.mean_between_changes > Time::zero()) next_capacity_ = exponential(weather_.mean_between_changes, random_);
  if (weather_.mean_until_failure > Time::zero()) next_flip_ = exponential(weather_.mean_until_failure, random_);
  if (weather_.mean_between_latencies > Time::zero()) next_latency_ = exponential(weather_.mean_between_latencies, random_);
}

std::optional<WeatherDraws::Draw> WeatherDraws::next() {
  const Time next = std::min({next_capacity_, next_flip_, next_latency_});
  if (next == Time::max()) return std::nullopt;
  if (next == next_capacity_) return change_capacity();
  return next == next_flip_ ? fail_or_mend() : change_latency();
}

WeatherDraws::Draw WeatherDraws::change_capacity() {
  const double span = weather_.greatest_capacity - weather_.least_capacity;
  const Draw draw{.at = next_capacity_, .capacity = weather_.least_capacity + random_.uniform() * span};
  next_capacity_ += exponential(weather_.mean_between_changes, random_);
  return draw;
}

WeatherDraws::Draw WeatherDraws::change_latency() {
  const double span = weather_.greatest_latency - weather_.least_latency;
  const Draw draw{.at = next_latency_, .latency = weather_.least_latency + random_.uniform() * span};
  next_latency_ += exponential(weather_.mean_between_latencies, random_);
  return draw;
}

WeatherDraws::Draw WeatherDraws::fail_or_mend() {
  up_ = !up_;
  const Draw draw{.at = next_flip_, .up = up_};
  next_flip_ += exponential(up_ ? weather_.mean_until_failure : weather_.mean_repair, random_);
  return draw;
}

LinkChange as_change(const WeatherDraws::Draw& draw, const Topology& topology, LinkId link) {
  const Link& own = topology.link(link);
  LinkChange change{draw.at, link, std::nullopt, std::nullopt, draw.up};
  if (draw.capacity) change.capacity = Bandwidth::bytes_per_second(*draw.capacity * own.capacity.in_bytes_per_second());
  if (draw.latency) change.latency = scaled(own.latency, *draw.latency);
  return change;
}

std::vector<LinkChange> weather_changes(const LinkWeather& weather, const Topology& topology, LinkId link, Time until,
                                        sim::RandomStream& random) {
  WeatherDraws draws(weather, sim::RandomStream(random.bits(), "weather"));
  std::vector<LinkChange> changes;
  bool up = true;
  for (auto draw = draws.next(); draw && draw->at <= until; draw = draws.next()) {
    up = draw->up.value_or(up);
    changes.push_back(as_change(*draw, topology, link));
  }
  if (!up) changes.push_back({until, link, std::nullopt, std::nullopt, true});
  return changes;
}

}  // namespace syncline::network
