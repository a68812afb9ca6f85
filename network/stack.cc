#include "network/stack.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <set>

#include "sim/error.h"

namespace syncline::network {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

template <class T>
T of_link(const ByLink<T>& each, const CommunicationStack& stack, bool across) {
  if (across) return each.network;
  return stack.join == GpuJoin::pcie ? each.pcie : each.nvlink;
}

/// The greater, the better they are joined.
int rank_of(GpuJoin join) {
  switch (join) {
    case GpuJoin::pcie:
      return 0;
    case GpuJoin::nvlink:
      return 1;
    case GpuJoin::nvswitch:
      return 2;
  }
  throw InternalError("GPUs joined in an unknown way");
}

bool holds(const Condition& condition, const CommunicationStack& stack, Bytes bytes, const ClusterFacts& facts) {
  const auto within = [](auto value, auto least, auto most) { return least <= value && value <= most; };
  return within(bytes.count(), condition.least_bytes, condition.most_bytes) &&
         within(bytes.count() / facts.ranks, condition.least_block, condition.most_block) &&
         within(facts.ranks, condition.least_ranks, condition.most_ranks) &&
         facts.ranks >= condition.ranks_per_byte * static_cast<double>(bytes.count()) + condition.ranks_besides &&
         within(facts.machines, condition.least_machines, condition.most_machines) &&
         condition.power_of_two.value_or(std::has_single_bit(static_cast<unsigned>(facts.ranks))) ==
             std::has_single_bit(static_cast<unsigned>(facts.ranks)) &&
         rank_of(stack.join) >= rank_of(condition.least_join);
}

/// Ranks in order, machine by machine.
ScheduleRequest request_for(const Chosen& chosen, const ClusterFacts& facts, std::int64_t elements) {
  check_roles(*chosen.row, facts.ranks, chosen.roles);
  ScheduleRequest request;
  request.roles = chosen.roles;
  request.ranks = facts.ranks;
  request.elements = elements;
  for (int rank = 0; rank < facts.ranks; ++rank) {
    request.host_of_rank.push_back(static_cast<int>(std::int64_t{rank} * facts.machines / facts.ranks));
  }
  return request;
}

/// Rounds of the schedule without bytes.
std::int64_t rounds_of(const Chosen& chosen, const ClusterFacts& facts) {
  return std::llround(chosen.row->closed_form_seconds(request_for(chosen, facts, 0), 1.0, 1.0));
}

/// What the busiest rank sends, by the length of the vector.
double sent_of(const Chosen& chosen, const ClusterFacts& facts) {
  const std::int64_t elements = std::int64_t{facts.ranks} << 20;
  return static_cast<double>(chosen.row->wire_elements(request_for(chosen, facts, elements))) / static_cast<double>(elements);
}

/// Of the hops that are one after the other.
Time hops_time(const CommunicationStack& stack, const Chosen& chosen, const ClusterFacts& facts) {
  const Variant& variant = *chosen.variant;
  const bool across = facts.machines > 1;
  Time inside_hop = of_link(variant.hop, stack, false), across_hop = variant.hop.network;
  if (across) inside_hop = std::max(inside_hop, variant.least_inside);
  if (facts.machines == facts.ranks) across_hop = variant.alone_hop.value_or(across_hop);
  const std::int64_t rounds = rounds_of(chosen, facts);
  switch (variant.hops) {
    case Hops::rounds:
      return rounds * (across ? across_hop : inside_hop);
    case Hops::ring: {
      if (rounds == 0) return Time::zero();
      const std::int64_t over_network = rounds * (facts.machines - 1) / (facts.ranks - 1);
      return (rounds - over_network) * inside_hop + over_network * across_hop;
    }
    case Hops::tree: {
      const int levels = std::bit_width(static_cast<unsigned>(facts.machines)) - 1;
      return 2 * ((facts.ranks / facts.machines - 1) * inside_hop + levels * across_hop);
    }
    case Hops::once:
      return inside_hop + (across ? across_hop : Time::zero());
  }
  throw InternalError("hops of an unknown kind");
}

double efficiency_of(const CommunicationStack& stack, const Variant& variant, const ClusterFacts& facts) {
  return stack.efficiency * of_link(variant.efficiency, stack, facts.machines > 1);
}

int channels_of(const CommunicationStack& stack, const ClusterFacts& facts) {
  if (facts.machines == 1) return stack.channels_inside;
  return stack.channels_across * (stack.all_nics ? facts.nics : 1);
}

/// Bytes of payload per second; infinite where there is no cap.
double cap_of(const CommunicationStack& stack, const Variant& variant, const ClusterFacts& facts) {
  const auto place = static_cast<std::size_t>(std::min(facts.machines, 3) - 1);
  double cap = kInfinity;
  if (!variant.caps.empty()) cap = variant.caps.at(place).in_bytes_per_second();
  if (!variant.channel_caps.empty())
    cap = std::min(cap, channels_of(stack, facts) * variant.channel_caps.at(place).in_bytes_per_second());
  return cap;
}

/// What switches that sum and multiply leave of the direct all-reduce's bytes.
double left_by_switches(const Variant& variant, const ClusterFacts& facts) {
  return variant.in_switch && facts.ranks > 1 ? (facts.ranks + 1) / (2.0 * (facts.ranks - 1)) : 1;
}

/// Of the bandwidth, for so many bytes.
double factor_of(const Variant& variant, Bytes bytes) {
  const std::uint64_t units = static_cast<std::uint64_t>(bytes.count()) / 64;
  const std::size_t place = units == 0 ? 0 : static_cast<std::size_t>(std::bit_width(units)) - 1;
  return place < variant.factors.size() ? variant.factors[place] : 1;
}

std::int64_t plateau_begin(const CommunicationStack& stack, const Variant& variant, const ClusterFacts& facts) {
  return variant.plateau_bytes * channels_of(stack, facts) * facts.ranks;
}

double link_of(const ClusterFacts& facts) {
  const double inside = facts.inside.in_bytes_per_second();
  return facts.machines > 1 ? std::min(inside, facts.across.in_bytes_per_second()) : inside;
}

/// Of one variant; kept for many sizes.
class Estimate {
 public:
  Estimate(const CommunicationStack& stack, const Chosen& chosen, const ClusterFacts& facts)
      : variant_(*chosen.variant),
        launch_((stack.launch + variant_.launch).seconds()),
        hops_(hops_time(stack, chosen, facts).seconds()),
        plateau_begin_(facts.machines > 1 && variant_.plateau != 1 ? plateau_begin(stack, variant_, facts)
                                                                   : std::numeric_limits<std::int64_t>::max()),
        sent_(variant_.sent.value_or(sent_of(chosen, facts)) * left_by_switches(variant_, facts)),
        rate_(link_of(facts) * efficiency_of(stack, variant_, facts)),
        cap_(cap_of(stack, variant_, facts)) {}

  /// `speed`: of all links, as a multiple of what they have.
  double seconds(Bytes bytes, double speed = 1) const {
    const double hops = bytes.count() >= plateau_begin_ ? variant_.plateau * hops_ : hops_;
    const double seconds_per_byte = sent_ / std::min(speed * rate_, cap_);
    return launch_ + hops + static_cast<double>(bytes.count()) * seconds_per_byte / factor_of(variant_, bytes);
  }

  /// From which on faster links are no use; infinite where there is no cap.
  double capped_speed() const { return cap_ < kInfinity ? cap_ / rate_ : kInfinity; }

 private:
  const Variant& variant_;
  double launch_, hops_;
  std::int64_t plateau_begin_;
  double sent_;        // by a rank, in lengths of the vector
  double rate_, cap_;  // of payload, in bytes per second
};

/// Choices for one operation on one cluster, for any number of bytes.
class Chooser {
 public:
  Chooser(const CommunicationStack& stack, const Wanted& wanted, const ClusterFacts& facts) : stack_(stack), facts_(facts) {
    for (const Variant& variant : stack.variants) {
      for (const std::string& name : variant.algorithms) {
        const CollectiveRow& row = collective(name);
        if (row.operation != wanted.operation || (!wanted.algorithm.empty() && row.name != wanted.algorithm)) continue;
        candidates_.push_back({&row, &variant, wanted.roles});
        if (stack.choice == Choice::estimate) estimates_.emplace_back(stack, candidates_.back(), facts);
      }
    }
  }

  /// `speed`: of all links, as a multiple of what they have.
  Chosen choose(Bytes bytes, double speed = 1) const {
    Chosen best;
    double least = kInfinity;
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
      if (!holds(candidates_[i].variant->condition, stack_, bytes, facts_)) continue;
      if (stack_.choice == Choice::first) return candidates_[i];
      const double seconds = estimates_[i].seconds(bytes, speed);
      if (seconds < least) best = candidates_[i], least = seconds;
    }
    return best;
  }

  /// Sizes from which on a condition or an estimate is another than just below.
  std::set<std::int64_t> bends() const {
    constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
    std::set<std::int64_t> result;
    for (const Chosen& each : candidates_) {
      const Condition& condition = each.variant->condition;
      result.insert({condition.least_bytes, condition.least_block * facts_.ranks, plateau_begin(stack_, *each.variant, facts_)});
      if (condition.most_bytes < kMost) result.insert(condition.most_bytes + 1);
      if (condition.most_block < kMost) result.insert((condition.most_block + 1) * facts_.ranks);
      if (condition.ranks_per_byte > 0) {
        // The last size at which there are enough ranks, by one more or less where that is rounded.
        const auto last = static_cast<std::int64_t>((facts_.ranks - condition.ranks_besides) / condition.ranks_per_byte);
        for (const std::int64_t near : {last - 1, last, last + 1, last + 2}) result.insert(std::max<std::int64_t>(0, near));
      }
      for (std::size_t i = 1; i <= each.variant->factors.size(); ++i) result.insert(std::int64_t{64} << i);
    }
    return result;
  }

  /// Speeds at which an estimate is no longer the straight line in 1 / speed that it was below.
  std::set<double> speed_bends() const {
    std::set<double> result;
    for (const Estimate& each : estimates_) result.insert(each.capped_speed());
    return result;
  }

 private:
  const CommunicationStack& stack_;
  const ClusterFacts& facts_;
  std::vector<Chosen> candidates_;
  std::vector<Estimate> estimates_;  // [candidate]; where they decide
};

bool same(const Chosen& a, const Chosen& b) { return a.row == b.row && a.variant == b.variant; }

/// Adds the points in (low, high] at which the choice is another than just below; between them nothing bends.
template <class Point, class ChooseAt>
void add_switches(const ChooseAt& choose_at, Point low, Point high, std::vector<Point>& points) {
  if (same(choose_at(low), choose_at(high))) return;
  const Point middle = std::midpoint(low, high);
  if (middle == low || middle == high) {  // neighbours
    points.push_back(high);
    return;
  }
  add_switches(choose_at, low, middle, points);
  add_switches(choose_at, middle, high, points);
}

}  // namespace

std::string auto_name(Operation operation) { return "auto-" + std::string(name_of(operation)); }

std::optional<Operation> auto_operation(std::string_view name) {
  for (const CollectiveRow& row : collectives()) {
    if (name == auto_name(row.operation)) return row.operation;
  }
  return std::nullopt;
}

ClusterFacts facts_of(const Cluster& cluster, Routing& routing) {
  const std::vector<int>& hosts = cluster.host_of_worker;
  ClusterFacts facts{static_cast<int>(cluster.workers.size()), static_cast<int>(std::set(hosts.begin(), hosts.end()).size()),
                     Bandwidth::bytes_per_second(kInfinity), Bandwidth::bytes_per_second(kInfinity)};
  const auto bandwidth = [&](std::size_t from, std::size_t to, std::size_t ways) {
    double least = kInfinity;
    for (const LinkId id : routing.route(cluster.workers[from], cluster.workers[to])) {
      least = std::min(least, cluster.topology.link(id).capacity.in_bytes_per_second());
    }
    return Bandwidth::bytes_per_second(least * static_cast<double>(ways));
  };
  for (std::size_t worker = 1; worker < hosts.size(); ++worker) {
    if (hosts[worker] != hosts[0]) continue;
    facts.inside = bandwidth(0, worker, 1);
    break;
  }
  for (std::size_t worker = hosts.size() - 1; facts.machines > 1; --worker) {
    if (hosts[worker] == hosts[0]) continue;
    facts.nics = std::max(1, static_cast<int>(cluster.gates.among(cluster.workers).of(cluster.workers[0]).size()));
    facts.across = bandwidth(0, worker, static_cast<std::size_t>(facts.nics));
    break;
  }
  return facts;
}

std::vector<const CollectiveRow*> algorithms_for(const CommunicationStack& stack, Operation operation) {
  std::set<const CollectiveRow*> rows;
  for (const Variant& variant : stack.variants) {
    for (const std::string& name : variant.algorithms) {
      if (const CollectiveRow& row = collective(name); row.operation == operation) rows.insert(&row);
    }
  }
  return {rows.begin(), rows.end()};
}

Chosen choose(const CommunicationStack& stack, const Wanted& wanted, const ClusterFacts& facts) {
  Chosen chosen = Chooser(stack, wanted, facts).choose(wanted.bytes);
  if (chosen.variant != nullptr) return chosen;
  if (!wanted.algorithm.empty()) return {&collective(wanted.algorithm), nullptr, wanted.roles};
  throw UserError("the communication stack '" + stack.name + "' has no choice of algorithms for " +
                  std::string(name_of(wanted.operation)) +
                  ": name one, or take a stack that has: `--stack nccl-ampere` of `syncline collective`, or base = "
                  "\"nccl-ampere\" in the scenario's [network.stack] ([stack] in a network's file); `syncline list stacks` has "
                  "all");
}

double estimated_seconds(const CommunicationStack& stack, const Chosen& chosen, Bytes bytes, const ClusterFacts& facts) {
  SYNCLINE_CHECK(chosen.variant != nullptr, "an estimate without a variant");
  return Estimate(stack, chosen, facts).seconds(bytes);
}

bool uses_all_nics(const CommunicationStack& stack, const CollectiveRow& row) { return stack.all_nics && row.nics == Nics::all; }

Terms terms_of(const CommunicationStack& stack, const Chosen& chosen, const ClusterFacts& facts) {
  if (chosen.variant == nullptr) return {stack.launch, Time::zero(), false, stack.efficiency};
  const Variant& variant = *chosen.variant;
  const std::int64_t rounds = rounds_of(chosen, facts);
  const Time hops = hops_time(stack, chosen, facts);
  const Time step = rounds == 0 ? Time::zero() : Time::picoseconds((hops.count() + rounds - 1) / rounds);
  const double efficiency = efficiency_of(stack, variant, facts) / left_by_switches(variant, facts);
  return {stack.launch + variant.launch, step, variant.hop_overlaps, efficiency, cap_of(stack, variant, facts) / efficiency};
}

std::vector<Bytes> switch_points(const CommunicationStack& stack, const Wanted& wanted, const ClusterFacts& facts, Bytes least,
                                 Bytes most) {
  const Chooser chooser(stack, wanted, facts);
  const auto choose_at = [&](std::int64_t bytes) { return chooser.choose(Bytes(bytes)); };
  std::vector<std::int64_t> points;
  std::int64_t low = least.count();
  for (const std::int64_t bend : chooser.bends()) {
    if (bend <= low || bend > most.count()) continue;
    add_switches(choose_at, low, bend - 1, points);
    add_switches(choose_at, bend - 1, bend, points);
    low = bend;
  }
  if (low < most.count()) add_switches(choose_at, low, most.count(), points);
  return {points.begin(), points.end()};
}

std::vector<SpeedSwitch> switch_speeds(const CommunicationStack& stack, const Wanted& wanted, const ClusterFacts& facts,
                                       double least, double most) {
  const Chooser chooser(stack, wanted, facts);
  const auto choose_at = [&](double speed) { return chooser.choose(wanted.bytes, speed); };
  std::vector<double> speeds;
  double low = least;
  std::set<double> bends = chooser.speed_bends();
  bends.insert(most);
  for (const double bend : bends) {
    if (bend <= low || bend > most) continue;
    add_switches(choose_at, low, bend, speeds);
    low = bend;
  }
  std::vector<SpeedSwitch> switches;
  for (const double speed : speeds) {
    switches.push_back({speed, choose_at(std::nextafter(speed, least)), choose_at(speed)});
  }
  return switches;
}

}  // namespace syncline::network
