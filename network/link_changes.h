// Links whose capacity and latency change over time, or that go down and come back: by a list, or at random.
#pragma once

#include <optional>
#include <vector>

#include "network/flow_network.h"
#include "sim/random.h"

namespace syncline::network {

/// At a time, one link gets what is given here; the rest of it stays.
struct LinkChange {
  Time at;
  LinkId link;
  std::optional<Bandwidth> capacity;
  std::optional<Time> latency;
  std::optional<bool> up;
};

/// UserError as in FlowNetwork::set_link.
void make_change(FlowNetwork& flows, const LinkChange& change);

/// Makes the changes happen, in order of time, and of the list where times are equal. UserError, when it comes to that, as in
/// FlowNetwork::set_link. Changes go on when all flows are over: the run ends with the last change.
void schedule_changes(sim::Simulator& simulator, FlowNetwork& flows, std::vector<LinkChange> changes);

/// A link whose capacity and latency wander, each by itself, and that fails and is mended. Times between changes are exponentially
/// distributed, so that how long it has been does not matter. A mean of zero: never.
/// UserError where it is used: capacities that are not above 0 and in order, latencies that are below 0 or not in order, a repair
/// that takes no time, or times below zero.
struct LinkWeather {
  Time mean_between_changes;                           // of the capacity
  double least_capacity = 0.5, greatest_capacity = 1;  // of its own, drawn evenly for each change; above 0
  Time mean_until_failure, mean_repair;
  Time mean_between_latencies = {};
  double least_latency = 1, greatest_latency = 2;  // of its own, drawn evenly for each change
};

/// The changes of such a link, drawn one after the other in order of time, without an end.
class WeatherDraws {
 public:
  struct Draw {
    Time at;
    std::optional<double> capacity = {}, latency = {};  // as parts of the link's own
    std::optional<bool> up = {};
  };
  WeatherDraws(const LinkWeather& weather, sim::RandomStream random);
  /// Nothing where the link never changes.
  std::optional<Draw> next();

 private:
  Draw change_capacity();
  Draw change_latency();
  Draw fail_or_mend();

  LinkWeather weather_;
  sim::RandomStream random_;
  Time next_capacity_ = Time::max(), next_flip_ = Time::max(), next_latency_ = Time::max();
  bool up_ = true;
};

/// As it says for a link of the topology.
LinkChange as_change(const WeatherDraws::Draw& draw, const Topology& topology, LinkId link);

/// Changes of one link up to a time, as `random` draws them. At the end the link is up.
std::vector<LinkChange> weather_changes(const LinkWeather& weather, const Topology& topology, LinkId link, Time until,
                                        sim::RandomStream& random);

}  // namespace syncline::network
