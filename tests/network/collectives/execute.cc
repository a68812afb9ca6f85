#include "tests/network/collectives/execute.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace syncline::network {
namespace {

std::vector<Piece> pieces_for(const std::vector<Piece>& pieces, int peer) {
  std::vector<Piece> result;
  std::copy_if(pieces.begin(), pieces.end(), std::back_inserter(result), [&](const Piece& piece) { return piece.peer == peer; });
  return result;
}

std::vector<int> peers_of(const std::vector<Piece>& pieces) {
  std::vector<int> result;
  for (const Piece& piece : pieces) {
    if (result.empty() || result.back() != piece.peer) result.push_back(piece.peer);
  }
  return result;
}

struct Message {
  int from, to;
  std::vector<Piece> sent, received;
  std::vector<double> payload;
};

class Execution {
 public:
  Execution(const Schedule& schedule, sim::RandomStream& random, Vectors& data)
      : schedule_(schedule), random_(random), data_(data), actors_(static_cast<std::size_t>(schedule.actors())) {}

  void run() {
    for (int actor = 0; actor < schedule_.actors(); ++actor) advance(actor);
    while (!waiting_.empty() || !under_way_.empty()) {
      const std::size_t pick = random_.below(waiting_.size() + under_way_.size());
      if (pick < waiting_.size()) {
        send(pick);
      } else {
        deliver(pick - waiting_.size());
      }
      if (testing::Test::HasFatalFailure()) return;
    }
    for (const Actor& actor : actors_) ASSERT_EQ(actor.step, schedule_.steps) << "stuck for ever";
  }

 private:
  struct Actor {
    int step = -1;
    std::size_t open = 0;
    Moves moves;
  };

  void advance(int index) {
    Actor& self = actors_[static_cast<std::size_t>(index)];
    while (++self.step < schedule_.steps) {
      schedule_.moves(index, self.step, self.moves);
      const std::vector<int> to = peers_of(self.moves.sends), from = peers_of(self.moves.receives);
      self.open = to.size() + from.size();
      for (const int peer : to) meet(index, peer);
      for (const int peer : from) meet(peer, index);
      if (self.open > 0) return;
    }
  }

  /// Both ends may start a message when both are at its step.
  void meet(int from, int to) {
    const Actor &sender = actors_[static_cast<std::size_t>(from)], &receiver = actors_[static_cast<std::size_t>(to)];
    ASSERT_NE(from, to);
    ASSERT_LT(std::max(from, to), schedule_.actors());
    if (sender.step != receiver.step) return;
    Message message{from, to, pieces_for(sender.moves.sends, to), pieces_for(receiver.moves.receives, from), {}};
    ASSERT_EQ(message.sent.size(), message.received.size()) << from << " to " << to << " at step " << sender.step;
    ASSERT_FALSE(message.sent.empty()) << from << " to " << to << " at step " << sender.step;
    for (std::size_t i = 0; i < message.sent.size(); ++i) {
      ASSERT_EQ(message.sent[i].count, message.received[i].count) << from << " to " << to << " at step " << sender.step;
    }
    waiting_.push_back(std::move(message));
  }

  std::vector<double>& buffer(int actor) { return data_[static_cast<std::size_t>(schedule_.rank_of(actor))]; }

  /// Two that swap come to it together, and start both messages then.
  void send(std::size_t place) {
    const int from = waiting_[place].from, to = waiting_[place].to;
    start(place);
    const auto back = std::find_if(waiting_.begin(), waiting_.end(),
                                   [&](const Message& message) { return message.from == to && message.to == from; });
    if (back != waiting_.end()) start(static_cast<std::size_t>(back - waiting_.begin()));
  }

  void start(std::size_t place) {
    Message message = take(waiting_, place);
    for (const Piece& piece : message.sent) {
      for (std::int64_t i = 0; i < piece.count; ++i) {
        message.payload.push_back(buffer(message.from).at(static_cast<std::size_t>(piece.begin + i)));
      }
    }
    under_way_.push_back(std::move(message));
  }

  void deliver(std::size_t place) {
    const Message message = take(under_way_, place);
    std::size_t next = 0;
    for (const Piece& piece : message.received) {
      for (std::int64_t i = 0; i < piece.count; ++i, ++next) {
        double& target = buffer(message.to).at(static_cast<std::size_t>(piece.begin + i));
        target = piece.reduce ? target + message.payload[next] : message.payload[next];
      }
    }
    for (const int end : {message.from, message.to}) {
      if (--actors_[static_cast<std::size_t>(end)].open == 0) advance(end);
    }
  }

  static Message take(std::vector<Message>& messages, std::size_t place) {
    std::swap(messages[place], messages.back());
    Message message = std::move(messages.back());
    messages.pop_back();
    return message;
  }

  const Schedule& schedule_;
  sim::RandomStream& random_;
  Vectors& data_;
  std::vector<Actor> actors_;
  std::vector<Message> waiting_, under_way_;
};

}  // namespace

void execute(const Schedule& schedule, sim::RandomStream& random, Vectors& data) { Execution(schedule, random, data).run(); }

int longest_chain(const Schedule& schedule) {
  std::vector<int> clock(static_cast<std::size_t>(schedule.actors()), 0);
  Moves moves;
  for (int step = 0; step < schedule.steps; ++step) {
    std::vector<int> next = clock;
    for (int actor = 0; actor < schedule.actors(); ++actor) {
      schedule.moves(actor, step, moves);
      for (const Piece& piece : moves.sends) {
        const std::size_t from = static_cast<std::size_t>(actor), to = static_cast<std::size_t>(piece.peer);
        const int end = std::max(clock[from], clock[to]) + 1;
        next[from] = std::max(next[from], end);
        next[to] = std::max(next[to], end);
      }
    }
    clock = next;
  }
  return *std::max_element(clock.begin(), clock.end());
}

std::vector<std::int64_t> elements_sent(const Schedule& schedule) {
  std::vector<std::int64_t> sent(static_cast<std::size_t>(schedule.ranks), 0);
  Moves moves;
  for (int step = 0; step < schedule.steps; ++step) {
    for (int actor = 0; actor < schedule.actors(); ++actor) {
      schedule.moves(actor, step, moves);
      for (const Piece& piece : moves.sends) sent[static_cast<std::size_t>(schedule.rank_of(actor))] += piece.count;
    }
  }
  return sent;
}

}  // namespace syncline::network
