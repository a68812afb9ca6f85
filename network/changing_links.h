// A network whose links change for as long as it is used: by a list, which may begin again and again, and at random.
#pragma once

#include <cstdint>
#include <vector>

#include "network/cluster.h"
#include "network/link_changes.h"

namespace syncline::network {

/// Links that change together, as the two ways of a cable do.
struct RandomChanges {
  std::vector<LinkId> links;
  LinkWeather weather;
  std::uint64_t seed = 1;  // each cable draws by this and its first link's number
};

struct ChangingLinks {
  std::vector<LinkChange> list;
  Time period = Time::zero();  // after which the list begins again, later than all of its times; zero: it never does
  std::vector<RandomChanges> random;
  OnLinkDown on_link_down = OnLinkDown::stall;
  bool empty() const { return list.empty() && random.empty(); }
};

/// Each at its best, of all that it may ever be: [link] the greatest capacity and the least latency.
std::vector<LinkSpec> best_links(const Topology& topology, const ChangingLinks& changing);

/// Makes the changes happen until it is stopped.
class LinkChanger {
 public:
  /// All must outlive this. UserError as in LinkWeather, and where a time of the list is not before `period`.
  LinkChanger(sim::Simulator& simulator, FlowNetwork& flows, const ChangingLinks& changing);
  LinkChanger(const LinkChanger&) = delete;
  LinkChanger& operator=(const LinkChanger&) = delete;

  /// Without it a simulator with random changes never ends.
  void stop();
  /// So far; each way of a cable counts.
  std::int64_t changes() const { return changes_; }

 private:
  struct Cable {
    const RandomChanges& what;
    WeatherDraws draws;
    sim::EventId next;
  };

  void plan_list();
  void plan(Cable& cable);
  void change(const LinkChange& change);

  sim::Simulator& simulator_;
  FlowNetwork& flows_;
  Time period_;
  std::vector<LinkChange> list_;
  std::size_t next_in_list_ = 0;
  Time list_begin_ = Time::zero();
  sim::EventId next_of_list_;
  std::vector<Cable> cables_;
  std::int64_t changes_ = 0;
};

}  // namespace syncline::network
