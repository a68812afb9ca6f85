#include "network/communicator.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <optional>

#include "network/collective_play.h"
#include "network/collective_timing.h"
#include "sim/error.h"

namespace syncline::network {

struct Communicator::Plan {
  Chosen chosen;
  Terms terms;
  Schedule schedule;
  std::optional<CollapsedPlay> collapsed;
  std::optional<CollectiveLoad> load;  // once somebody has asked
  std::optional<Time> alone;           // likewise
};

struct Communicator::Collective {
  struct Member {
    explicit Member(sim::Simulator& simulator) : finished(simulator) {}
    Time joined;
    RankTiming timing;
    sim::Event finished;
  };

  Collective(Communicator& owner, const Plan& what) : communicator(owner), plan(what) {
    for (int rank = 0; rank < owner.callers_; ++rank) members.emplace_back(owner.simulator_);
    if (plan.collapsed) return;
    const bool follows = owner.staged_ != nullptr && owner.staged_->plan.chosen.row == plan.chosen.row;
    play = std::make_unique<CollectivePlay>(
        Stage{owner.simulator_, owner.flows_, owner.nodes_}, plan.schedule, plan.terms,
        [this](int rank, RankTiming timing) { end(member(rank), std::move(timing)); },
        follows ? owner.staged_->play.get() : nullptr);
    if (!plan.schedule.stages.empty()) owner.staged_ = this;
  }
  ~Collective() {
    if (communicator.staged_ == this) communicator.staged_ = nullptr;
  }
  Collective(const Collective&) = delete;
  Collective& operator=(const Collective&) = delete;

  Member& member(int rank) { return members[static_cast<std::size_t>(rank)]; }

  void join(int rank) {
    if (play) {
      play->join(rank);
      return;
    }
    member(rank).joined = communicator.simulator_.now();
    ++joined;
    if (plan.schedule.steps == 0) {
      end(member(rank), {member(rank).joined, {}});
    } else if (joined == communicator.callers_) {
      reckon();
    }
  }

  /// Collapsed: all are here, so all is known.
  void reckon() {
    std::vector<Time> joins;
    for (const Member& one : members) joins.push_back(one.joined);
    std::vector<RankTiming> timings = plan.collapsed->play(joins);
    for (int rank = 0; rank < communicator.callers_; ++rank) {
      RankTiming& timing = timings[static_cast<std::size_t>(rank)];
      const Time ended = timing.ended;
      if (ended < communicator.simulator_.now()) throw NotCollapsible("a rank ends before all have joined");
      communicator.simulator_.schedule_at(
          ended, [this, rank, timing = std::move(timing)]() mutable { end(member(rank), std::move(timing)); });
    }
  }

  static void end(Member& one, RankTiming timing) {
    one.timing = std::move(timing);
    one.finished.trigger();
  }

  Communicator& communicator;
  const Plan& plan;
  std::deque<Member> members;            // [rank that calls]
  std::unique_ptr<CollectivePlay> play;  // unless it is collapsed
  int called = 0, joined = 0;            // ranks
};

namespace {

void add(std::vector<double>& sums, const std::vector<double>& more) {
  std::ranges::transform(sums, more, sums.begin(), std::plus());
}

/// Those of its workers; null: there are none.
const Gates* gates_of(const Cluster& cluster, FlowNetwork& flows) {
  Gates gates = cluster.gates.among(cluster.workers);
  return gates.empty() ? nullptr : flows.keep(std::move(gates));
}

/// Whether each rank owns a chunk of the vector, at the start, at the end or on the way.
bool has_chunks(Operation operation) {
  return operation != Operation::broadcast && operation != Operation::reduce && operation != Operation::push_pull;
}

ScheduleRequest request(const CollectiveRow& row, Bytes bytes, const Roles& roles, const Cluster& cluster,
                        const Variant* variant = nullptr) {
  SYNCLINE_CHECK(bytes >= Bytes(0), "a collective of a negative number of bytes");
  ScheduleRequest request;
  request.ranks = static_cast<int>(cluster.workers.size());
  check_roles(row, request.ranks, roles);
  request.roles = roles;
  request.elements = bytes.count();
  if (row.operation == Operation::all_gather) {
    request.elements *= request.ranks;
  } else if (has_chunks(row.operation)) {
    request.elements = (request.elements + request.ranks - 1) / request.ranks * request.ranks;
  }
  request.host_of_rank = cluster.host_of_worker;
  request.servers_apart = static_cast<int>(cluster.servers.size());
  if (variant != nullptr) request.piece = variant->piece_bytes;
  return request;
}

}  // namespace

Communicator::Communicator(sim::Simulator& simulator, FlowNetwork& flows, const Cluster& cluster, CommunicationStack stack,
                           How how, int callers)
    : simulator_(simulator),
      flows_(flows),
      cluster_(cluster),
      nodes_(nodes_of(cluster)),
      gates_(gates_of(cluster, flows)),
      stack_(std::move(stack)),
      how_(how),
      ranks_(static_cast<int>(cluster.workers.size())),
      callers_(callers > 0 ? callers : ranks_),
      agreement_(simulator, callers_),
      calls_(static_cast<std::size_t>(callers_), 0),
      busy_(static_cast<std::size_t>(callers_), 0) {
  SYNCLINE_CHECK(how == How::collapsed || callers_ == ranks_, "in an exact play every rank calls for itself");
  if (!(stack_.efficiency > 0 && stack_.efficiency <= 1)) {
    throw UserError("the efficiency of communication stack '" + stack_.name + "' must be more than 0 and at most 1");
  }
  if (!stack_.variants.empty()) {
    Routing routing(cluster.topology);
    facts_ = facts_of(cluster, routing);
  }
  if (how == How::collapsed) {
    if (!flows.close()) throw NotCollapsible("there is more on the network");
    owners_.resize(cluster.topology.links().size());
  }
}

Communicator::~Communicator() = default;

Chosen Communicator::choose_for(CollectiveCall call) const {
  const std::optional<Operation> any = auto_operation(call.algorithm);
  Wanted wanted{any ? *any : collective(call.algorithm).operation, any ? std::string_view() : call.algorithm, call.bytes,
                call.roles};
  if (wanted.operation == Operation::all_gather) wanted.bytes = call.bytes * ranks_;
  return choose(stack_, wanted, facts_);
}

const Chosen& Communicator::chosen(CollectiveCall call) const { return plan(call).chosen; }

Communicator::Plan& Communicator::plan(CollectiveCall call) const {
  std::unique_ptr<Plan>& entry = plans_[Key(call.algorithm, call.bytes.count(), call.roles.root, call.roles.servers)];
  if (entry) return *entry;
  auto made = std::make_unique<Plan>();
  made->chosen = choose_for(call);
  made->terms = terms_of(stack_, made->chosen, facts_);
  if (uses_all_nics(stack_, *made->chosen.row)) made->terms.gates = gates_;
  made->schedule = made->chosen.row->schedule(request(*made->chosen.row, call.bytes, call.roles, cluster_, made->chosen.variant));
  if (how_ == How::collapsed) collapse(*made);
  entry = std::move(made);
  return *entry;
}

void Communicator::collapse(Plan& plan) const {
  plan.collapsed = CollapsedPlay::prove(plan.schedule, plan.terms, flows_, cluster_.workers);
  if (!plan.collapsed) throw NotCollapsible(std::string(plan.chosen.row->name) + ": transfers may share links");
  if (callers_ % plan.collapsed->period() != 0) throw NotCollapsible("the ranks that call cannot stand for all");
  // A rank may be in its next collective while others are in this one. Each link must be the same rank's in both.
  for (std::size_t link = 0; link < owners_.size(); ++link) {
    const LinkOwner owner = plan.collapsed->owners()[link];
    if (owner == LinkOwner{}) continue;
    if (owners_[link] != LinkOwner{} && owners_[link] != owner) throw NotCollapsible("collectives that overlap may share links");
    owners_[link] = owner;
  }
}

int Communicator::period(std::string_view algorithm, const Roles& roles, const CommunicationStack& stack, FlowNetwork& flows,
                         const Cluster& cluster) {
  const int ranks = static_cast<int>(cluster.workers.size());
  const Gates* const gates = gates_of(cluster, flows);
  const auto period_of = [&](const CollectiveRow& row) -> std::optional<int> {
    const Schedule schedule = row.schedule(request(row, Bytes(ranks), roles, cluster));
    Terms terms;
    if (uses_all_nics(stack, row)) terms.gates = gates;
    const auto collapsed = CollapsedPlay::prove(schedule, terms, flows, cluster.workers);
    return collapsed ? std::optional(collapsed->period()) : std::nullopt;
  };
  const std::optional<Operation> any = auto_operation(algorithm);
  if (!any) return period_of(collective(algorithm)).value_or(ranks);
  int period = 1;  // of those that can be collapsed: where another is taken, the play is exact
  for (const CollectiveRow* row : algorithms_for(stack, *any)) period = std::lcm(period, period_of(*row).value_or(1));
  return period;
}

const CollectiveLoad& Communicator::load(CollectiveCall call) const {
  Plan& what = plan(call);
  if (!what.load) what.load = collective_load(what.schedule, what.terms, flows_, nodes_);
  return *what.load;
}

Time Communicator::closed_form(CollectiveCall call) const {
  const Plan& what = plan(call);
  if (ranks_ == 1) return what.terms.launch;
  Time latency;
  double bandwidth = what.terms.cap;
  for (int rank = 0; rank < ranks_; ++rank) {
    const Route route = flows_.route(cluster_.workers[static_cast<std::size_t>(rank)],
                                     cluster_.workers[static_cast<std::size_t>((rank + 1) % ranks_)], what.terms.gates);
    if (!route.links.empty()) bandwidth = std::min(bandwidth, flows_.alone_rate(route));
    latency = std::max(latency, flows_.latency(route));
  }
  const CollectiveRow& row = *what.chosen.row;
  const ScheduleRequest asked = request(row, call.bytes, call.roles, cluster_, what.chosen.variant);
  const auto seconds = [&](Time alpha, double rate) { return row.closed_form_seconds(asked, alpha.seconds(), rate); };
  const Time step = std::max(latency, what.terms.step);
  const double rate = bandwidth * what.terms.efficiency;
  if (!what.terms.step_overlaps) return what.terms.launch + Time::from_seconds(seconds(step, rate));
  constexpr double kAtOnce = 1e30;  // bytes per second
  return what.terms.launch + Time::from_seconds(std::max(seconds(latency, rate), seconds(step, kAtOnce)));
}

Time Communicator::alone(CollectiveCall call) const {
  Plan& what = plan(call);
  if (!what.alone) what.alone = time_in_a_loop(cluster_, stack_, call, Time::zero());
  return *what.alone;
}

TimeBounds Communicator::bounds(CollectiveCall call) const {
  const Plan& what = plan(call);
  const std::vector<Time> joined(static_cast<std::size_t>(ranks_), what.terms.launch);
  TimeBounds all{Time::zero(), Time::zero()};
  for (const TimeBounds& rank : bounded_play(what.schedule, what.terms, flows_, nodes_, joined)) {
    all.least = std::max(all.least, rank.least);
    all.most = std::max(all.most, rank.most);
  }
  return all;
}

double Communicator::least_seconds(std::span<const CollectiveCall> calls) const {
  std::vector<double> ranks(cluster_.workers.size(), 0);
  Time launches;
  for (const CollectiveCall& call : calls) {
    add(ranks, load(call).rank_seconds);
    launches += plan(call).terms.launch;
  }
  return std::max(launches.seconds() + std::ranges::max(ranks), least_link_seconds(calls));
}

double Communicator::least_link_seconds(std::span<const CollectiveCall> calls) const {
  std::vector<double> links(flows_.topology().links().size(), 0);
  for (const CollectiveCall& call : calls) add(links, load(call).link_seconds);
  for (LinkId link{0}; link.value < static_cast<int>(links.size()); ++link.value) {
    // What a burst lets pass at once takes no time.
    links[static_cast<std::size_t>(link.value)] -=
        static_cast<double>(flows_.burst(link).count()) / flows_.capacity(link).in_bytes_per_second();
  }
  return links.empty() ? 0 : std::max(0.0, std::ranges::max(links));
}

std::shared_ptr<Communicator::Collective> Communicator::join(int rank, CollectiveCall call) {
  SYNCLINE_CHECK(rank >= 0 && rank < callers_, "there is no rank " + std::to_string(rank));
  const std::int64_t number = calls_[static_cast<std::size_t>(rank)]++;
  const Plan& what = plan(call);
  const auto place = static_cast<std::size_t>(number - first_gathering_);
  if (place == gathering_.size()) gathering_.push_back(std::make_shared<Collective>(*this, what));
  std::shared_ptr<Collective> joined = gathering_[place];
  SYNCLINE_CHECK(&joined->plan == &what, "rank " + std::to_string(rank) + " calls " + std::string(call.algorithm) +
                                             " where the others call " + std::string(joined->plan.chosen.row->name) +
                                             ", or with another number of bytes");
  ++joined->called;
  while (!gathering_.empty() && gathering_.front()->called == callers_) {
    gathering_.pop_front();
    ++first_gathering_;
  }
  return joined;
}

sim::Task<CollectiveTiming> Communicator::run(int rank, CollectiveCall call) {
  const std::shared_ptr<Collective> collective = join(rank, call);
  char& busy = busy_[static_cast<std::size_t>(rank)];
  if (how_ == How::collapsed && busy) throw NotCollapsible("a rank's calls overlap");
  busy = 1;
  CollectiveTiming timing;
  timing.joined = simulator_.now();
  const Time launch = collective->plan.terms.launch;
  if (launch > Time::zero()) co_await sim::delay(simulator_, launch);
  collective->join(rank);
  Collective::Member& self = collective->member(rank);
  co_await self.finished;
  busy = 0;
  timing.finished = self.timing.ended;
  const std::vector<Interval>& moved = self.timing.moved;
  timing.started = moved.empty() ? timing.finished : moved.front().begin;
  if (launch > Time::zero()) timing.busy.push_back({timing.joined, timing.joined + launch});
  timing.busy.insert(timing.busy.end(), moved.begin(), moved.end());
  co_return timing;
}

}  // namespace syncline::network
