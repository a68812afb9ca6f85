#include "network/communicator.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "sim/error.h"

namespace syncline::network {

struct Communicator::Plan {
  const CollectiveRow* row = nullptr;
  Schedule schedule;
  int element_bytes = 1;
  std::vector<std::vector<int>> dependents;         // [transfer] those that wait for it
  std::vector<std::vector<int>> transfers_of_rank;  // [rank] sent or received
  Time closed_form;
};

struct Communicator::Collective {
  struct Member {
    explicit Member(sim::Simulator& simulator) : finished(simulator) {}
    std::size_t transfers_left = 0;
    std::optional<Time> started, ended;
    sim::Event finished;
  };

  Collective(Communicator& owner, const Plan& what) : communicator(owner), plan(what) {
    const std::size_t ranks = plan.transfers_of_rank.size();
    for (std::size_t r = 0; r < ranks; ++r) {
      members.push_back(std::make_unique<Member>(owner.simulator_));
      members[r]->transfers_left = plan.transfers_of_rank[r].size();
    }
    for (const Transfer& transfer : plan.schedule.transfers) waits_for.push_back(static_cast<int>(transfer.after.size()) + 2);
  }

  Member& member(int rank) { return *members[static_cast<std::size_t>(rank)]; }

  void enter(int rank) {
    const std::vector<int>& own = plan.transfers_of_rank[static_cast<std::size_t>(rank)];
    if (own.empty()) finish(member(rank));
    for (const int transfer : own) release(transfer);
  }

  /// One thing less that the transfer waits for.
  void release(int transfer) {
    if (--waits_for[static_cast<std::size_t>(transfer)] > 0) return;
    const Transfer& what = plan.schedule.transfers[static_cast<std::size_t>(transfer)];
    const Time now = communicator.simulator_.now();
    for (const int rank : {what.from, what.to}) {
      if (!member(rank).started) member(rank).started = now;
    }
    const std::vector<NodeId>& workers = communicator.cluster_.workers;
    communicator.flows_.start(workers[static_cast<std::size_t>(what.from)], workers[static_cast<std::size_t>(what.to)],
                              communicator.on_wire(what.count * plan.element_bytes), [this, transfer] { arrive(transfer); });
  }

  void arrive(int transfer) {
    const Transfer& what = plan.schedule.transfers[static_cast<std::size_t>(transfer)];
    for (const int rank : {what.from, what.to}) {
      if (--member(rank).transfers_left == 0) finish(member(rank));
    }
    for (const int dependent : plan.dependents[static_cast<std::size_t>(transfer)]) release(dependent);
  }

  void finish(Member& one) {
    one.ended = communicator.simulator_.now();
    if (!one.started) one.started = one.ended;
    one.finished.trigger();
  }

  Communicator& communicator;
  const Plan& plan;
  std::vector<int> waits_for;                    // [transfer] arrivals and ranks
  std::vector<std::unique_ptr<Member>> members;  // [rank]
  int called = 0;                                // ranks
};

namespace {

/// Plans know their transfers from each end.
std::vector<std::vector<int>> dependents_of(const Schedule& schedule) {
  std::vector<std::vector<int>> dependents(schedule.transfers.size());
  for (std::size_t t = 0; t < schedule.transfers.size(); ++t) {
    for (const int earlier : schedule.transfers[t].after) {
      dependents[static_cast<std::size_t>(earlier)].push_back(static_cast<int>(t));
    }
  }
  return dependents;
}

std::vector<std::vector<int>> transfers_of_ranks(const Schedule& schedule) {
  std::vector<std::vector<int>> transfers(static_cast<std::size_t>(schedule.ranks));
  for (std::size_t t = 0; t < schedule.transfers.size(); ++t) {
    transfers[static_cast<std::size_t>(schedule.transfers[t].from)].push_back(static_cast<int>(t));
    transfers[static_cast<std::size_t>(schedule.transfers[t].to)].push_back(static_cast<int>(t));
  }
  return transfers;
}

/// See Communicator::closed_form; without the launch.
double bound_seconds(const CollectiveRow& row, const ScheduleRequest& request, const Schedule& schedule, FlowNetwork& flows,
                     const std::vector<NodeId>& workers, double wire_bytes_per_element) {
  if (schedule.transfers.empty()) return 0;
  const Topology& topology = flows.topology();
  std::vector<double> load(topology.links().size(), 0);  // [link] seconds
  Time least_latency = Time::max();
  double greatest_bandwidth = 0;
  for (const Transfer& transfer : schedule.transfers) {
    const std::vector<LinkId>& route =
        flows.route(workers[static_cast<std::size_t>(transfer.from)], workers[static_cast<std::size_t>(transfer.to)]);
    double bandwidth = std::numeric_limits<double>::infinity();
    for (const LinkId id : route) {
      const double capacity = topology.link(id).capacity.in_bytes_per_second();
      load[static_cast<std::size_t>(id.value)] += static_cast<double>(transfer.count) * wire_bytes_per_element / capacity;
      bandwidth = std::min(bandwidth, capacity);
    }
    least_latency = std::min(least_latency, flows.latency(route));
    greatest_bandwidth = std::max(greatest_bandwidth, bandwidth);
  }
  return std::max(row.closed_form_seconds(request, least_latency.seconds(), greatest_bandwidth / wire_bytes_per_element),
                  *std::max_element(load.begin(), load.end()));
}

int element_bytes(Bytes bytes) { return bytes.count() % 4 == 0 ? 4 : 1; }

}  // namespace

Communicator::Communicator(sim::Simulator& simulator, FlowNetwork& flows, const Cluster& cluster, CommunicationStack stack)
    : simulator_(simulator),
      flows_(flows),
      cluster_(cluster),
      stack_(std::move(stack)),
      ranks_(static_cast<int>(cluster.workers.size())),
      calls_(cluster.workers.size(), 0) {
  if (!(stack_.efficiency > 0 && stack_.efficiency <= 1)) {
    throw UserError("the efficiency of communication stack '" + stack_.name + "' must be more than 0 and at most 1");
  }
}

Communicator::~Communicator() = default;

ScheduleRequest Communicator::request(const CollectiveRow& row, CollectiveCall call) const {
  SYNCLINE_CHECK(call.bytes >= Bytes(0), "a collective of a negative number of bytes");
  ScheduleRequest request;
  request.ranks = ranks_;
  request.elements = call.bytes.count() / element_bytes(call.bytes);
  if (row.operation == Operation::all_gather) request.elements *= ranks_;
  request.host_of_rank = cluster_.host_of_worker;
  return request;
}

Bytes Communicator::on_wire(std::int64_t payload_bytes) const {
  if (stack_.efficiency == 1) return Bytes(payload_bytes);
  return Bytes(static_cast<std::int64_t>(std::ceil(static_cast<double>(payload_bytes) / stack_.efficiency)));
}

const Communicator::Plan& Communicator::plan(CollectiveCall call) const {
  std::unique_ptr<Plan>& entry = plans_[Key(call.algorithm, call.bytes.count())];
  if (entry) return *entry;
  auto made = std::make_unique<Plan>();
  made->row = &collective(call.algorithm);
  const ScheduleRequest what = request(*made->row, call);
  made->schedule = made->row->schedule(what);
  made->element_bytes = element_bytes(call.bytes);
  made->dependents = dependents_of(made->schedule);
  made->transfers_of_rank = transfers_of_ranks(made->schedule);
  const double seconds =
      bound_seconds(*made->row, what, made->schedule, flows_, cluster_.workers, made->element_bytes / stack_.efficiency);
  // Rounded down: it is a bound.
  made->closed_form = stack_.launch + Time::picoseconds(static_cast<std::int64_t>(seconds * 1e12));
  entry = std::move(made);
  return *entry;
}

Bytes Communicator::wire_bytes(CollectiveCall call) const {
  const CollectiveRow& row = collective(call.algorithm);
  return Bytes(row.wire_elements(request(row, call)) * element_bytes(call.bytes));
}

Time Communicator::closed_form(CollectiveCall call) const { return plan(call).closed_form; }

std::shared_ptr<Communicator::Collective> Communicator::join(int rank, CollectiveCall call) {
  SYNCLINE_CHECK(rank >= 0 && rank < ranks_, "there is no rank " + std::to_string(rank));
  const std::int64_t number = calls_[static_cast<std::size_t>(rank)]++;
  const Plan& what = plan(call);
  const auto place = static_cast<std::size_t>(number - first_gathering_);
  if (place == gathering_.size()) gathering_.push_back(std::make_shared<Collective>(*this, what));
  std::shared_ptr<Collective> joined = gathering_[place];
  SYNCLINE_CHECK(&joined->plan == &what, "rank " + std::to_string(rank) + " calls " + std::string(call.algorithm) +
                                             " where the others call " + std::string(joined->plan.row->name) +
                                             ", or with another number of bytes");
  ++joined->called;
  while (!gathering_.empty() && gathering_.front()->called == ranks_) {
    gathering_.pop_front();
    ++first_gathering_;
  }
  return joined;
}

sim::Task<CollectiveTiming> Communicator::run(int rank, CollectiveCall call) {
  const std::shared_ptr<Collective> collective = join(rank, call);
  CollectiveTiming timing;
  timing.joined = simulator_.now();
  if (stack_.launch > Time::zero()) co_await sim::delay(simulator_, stack_.launch);
  collective->enter(rank);
  Collective::Member& self = collective->member(rank);
  co_await self.finished;
  timing.started = *self.started;
  timing.finished = *self.ended;
  co_return timing;
}

}  // namespace syncline::network
