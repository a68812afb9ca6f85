#include "network/communicator.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <span>

#include "sim/error.h"

namespace syncline::network {

/// What one play puts on the network.
struct CollectiveLoad {
  std::vector<double> seconds;  // [link] that it needs for its bytes
  std::vector<double> sent;     // [rank] bytes on the wire
  Time least_latency = Time::max();
  double greatest_bandwidth = 0;  // at which any rank can send, by all of its ways together; 0: nothing is sent
};

struct Communicator::Plan {
  const CollectiveRow* row = nullptr;
  ScheduleRequest request;
  Schedule schedule;
  WireSize wire;
  std::optional<CollectiveLoad> load;  // once somebody has asked
};

struct Communicator::Collective {
  struct Member {
    explicit Member(sim::Simulator& simulator) : finished(simulator) {}
    Time ended;
    sim::Event finished;
  };

  Collective(Communicator& owner, const Plan& what)
      : plan(what),
        play({owner.simulator_, owner.flows_, owner.cluster_.workers}, plan.schedule, plan.wire, [this, &owner](int rank) {
          Member& one = member(rank);
          one.ended = owner.simulator_.now();
          one.finished.trigger();
        }) {
    for (int rank = 0; rank < plan.schedule.ranks; ++rank) members.emplace_back(owner.simulator_);
  }

  Member& member(int rank) { return members[static_cast<std::size_t>(rank)]; }

  const Plan& plan;
  std::deque<Member> members;  // [rank]
  CollectivePlay play;
  int called = 0;  // ranks
};

namespace {

/// Adds the messages from the ranks of the first period to their images: the ranks further on by whole periods.
class LoadCount {
 public:
  LoadCount(FlowNetwork& flows, std::span<const NodeId> nodes, const Schedule& schedule, CollectiveLoad& load)
      : flows_(flows), nodes_(nodes), schedule_(schedule), load_(load) {
    leaving_.assign(flows.topology().links().size(), 0);
    load_.seconds.assign(flows.topology().links().size(), 0);
    load_.sent.assign(nodes.size(), 0);
  }

  void add_all(double wire_bytes_per_element) {
    const int period = schedule_.period > 0 ? schedule_.period : schedule_.ranks;
    for (int rank = 0; rank < period; ++rank) {
      for (const auto& [peer, elements] : sent_by(rank)) {
        for (int turn = 0; turn < schedule_.ranks; turn += period) {
          add(rank + turn, (peer + turn) % schedule_.ranks, static_cast<double>(elements) * wire_bytes_per_element);
        }
      }
    }
    add_up_bandwidths();
  }

 private:
  std::map<int, std::int64_t> sent_by(int rank) {  // by receiving rank
    std::map<int, std::int64_t> result;
    Moves moves;
    for (int lane = 0; lane < schedule_.lanes; ++lane) {
      for (int step = 0; step < schedule_.steps; ++step) {
        schedule_.moves(lane * schedule_.ranks + rank, step, moves);
        for (const Piece& piece : moves.sends) result[schedule_.rank_of(piece.peer)] += piece.count;
      }
    }
    return result;
  }

  void add(int from, int to, double wire_bytes) {
    const std::vector<LinkId>& route = flows_.route(nodes_[static_cast<std::size_t>(from)], nodes_[static_cast<std::size_t>(to)]);
    load_.sent[static_cast<std::size_t>(from)] += wire_bytes;
    double bandwidth = std::numeric_limits<double>::infinity();
    for (const LinkId id : route) {
      const double capacity = flows_.topology().link(id).capacity.in_bytes_per_second();
      load_.seconds[static_cast<std::size_t>(id.value)] += wire_bytes / capacity;
      bandwidth = std::min(bandwidth, capacity);
    }
    load_.least_latency = std::min(load_.least_latency, flows_.latency(route));
    if (!route.empty()) leaving_[static_cast<std::size_t>(route.front().value)] += bandwidth;
  }

  /// Ways of a rank may part behind its first link, and then be wider together than each alone.
  void add_up_bandwidths() {
    const auto& links = flows_.topology().links();
    std::map<NodeId, double> bandwidths;  // of senders
    for (std::size_t l = 0; l < links.size(); ++l) {
      if (leaving_[l] > 0) bandwidths[links[l].from] += std::min(leaving_[l], links[l].capacity.in_bytes_per_second());
    }
    for (const auto& [node, bandwidth] : bandwidths) load_.greatest_bandwidth = std::max(load_.greatest_bandwidth, bandwidth);
  }

  FlowNetwork& flows_;
  std::span<const NodeId> nodes_;
  const Schedule& schedule_;
  CollectiveLoad& load_;
  std::vector<double> leaving_;  // [link] bandwidths of the ways that begin with it, one for each receiver
};

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

Communicator::Plan& Communicator::plan(CollectiveCall call) const {
  std::unique_ptr<Plan>& entry = plans_[Key(call.algorithm, call.bytes.count())];
  if (entry) return *entry;
  auto made = std::make_unique<Plan>();
  made->row = &collective(call.algorithm);
  made->request = request(*made->row, call);
  made->schedule = made->row->schedule(made->request);
  made->wire = {element_bytes(call.bytes), stack_.efficiency};
  entry = std::move(made);
  return *entry;
}

const CollectiveLoad& Communicator::load(Plan& what) const {
  if (!what.load) {
    what.load.emplace();
    LoadCount(flows_, cluster_.workers, what.schedule, *what.load).add_all(what.wire.element_bytes / what.wire.efficiency);
  }
  return *what.load;
}

double Communicator::sent_bytes(int rank, CollectiveCall call) const {
  return load(plan(call)).sent.at(static_cast<std::size_t>(rank));
}

const std::vector<double>& Communicator::link_seconds(CollectiveCall call) const { return load(plan(call)).seconds; }

Time Communicator::serial_bound(CollectiveCall call) const {
  Plan& what = plan(call);
  const CollectiveLoad& played = load(what);
  if (played.greatest_bandwidth == 0) return stack_.launch;
  const double wire_bytes_per_element = what.wire.element_bytes / what.wire.efficiency;
  const double seconds = what.row->closed_form_seconds(what.request, played.least_latency.seconds(),
                                                       played.greatest_bandwidth / wire_bytes_per_element);
  return stack_.launch + Time::picoseconds(static_cast<std::int64_t>(seconds * 1e12));  // rounded down: it is a bound
}

Time Communicator::closed_form(CollectiveCall call) const {
  const std::vector<double>& seconds = link_seconds(call);
  const double most = seconds.empty() ? 0 : *std::max_element(seconds.begin(), seconds.end());
  return std::max(serial_bound(call), stack_.launch + Time::picoseconds(static_cast<std::int64_t>(most * 1e12)));
}

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
  collective->play.join(rank);
  Collective::Member& self = collective->member(rank);
  co_await self.finished;
  timing.finished = self.ended;
  const std::vector<Interval>& moved = collective->play.moved(rank);
  timing.started = moved.empty() ? timing.finished : moved.front().begin;
  if (stack_.launch > Time::zero()) timing.busy.push_back({timing.joined, timing.joined + stack_.launch});
  timing.busy.insert(timing.busy.end(), moved.begin(), moved.end());
  co_return timing;
}

}  // namespace syncline::network
