#include "tools/real/schedule_executor.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <memory>
#include <vector>

#include "sim/error.h"

namespace syncline::tools {
namespace {

using network::Moves;
using network::Piece;

/// A message goes in segments of so many bytes. Below their eager limit (Open MPI over TCP: 64 KiB) MPI libraries send at once;
/// above, the sender first waits for the receiver's word, which with full queues both ways takes as long as the queue of the way
/// back: at 100 Mbit/s it made messages of 256 KiB a quarter slower. The simulator's messages don't wait for it, nor do Gloo's.
constexpr std::int64_t kSegment = 32768;

/// So many segments of a message are under way at once: who waits looks at each of them again and again.
constexpr int kWindow = 16;

/// A message on its way, segment by segment.
struct Stream {
  int lane = 0;
  bool sends = false;
  std::byte* data = nullptr;
  std::int64_t bytes = 0;
  int peer = 0, tag = 0;
  std::int64_t begun = 0;  // bytes
  int open = 0;            // segments under way
};

/// What an actor exchanges with one peer at one step.
struct Message {
  int peer = 0;
  std::vector<Piece> pieces;
  std::int64_t elements = 0;
  std::vector<std::byte> copy;  // where the pieces must not be read, or written, in place
};

/// The pieces that follow each other for one peer.
std::vector<Message> messages_of(const std::vector<Piece>& pieces) {
  std::vector<Message> messages;
  for (const Piece& piece : pieces) {
    if (messages.empty() || messages.back().peer != piece.peer) messages.push_back({piece.peer, {}, 0, {}});
    messages.back().pieces.push_back(piece);
    messages.back().elements += piece.count;
  }
  return messages;
}

bool overlap(const Piece& a, const Piece& b) { return a.begin < b.begin + b.count && b.begin < a.begin + a.count; }

class Execution {
 public:
  Execution(Transport& transport, const network::Schedule& schedule, Element element, void* buffer)
      : transport_(transport),
        schedule_(schedule),
        size_(element == Element::number ? 4 : 1),
        buffer_(static_cast<std::byte*>(buffer)),
        actors_(static_cast<std::size_t>(schedule.lanes)) {}

  void run() {
    for (int lane = 0; lane < schedule_.lanes; ++lane) advance(lane);
    while (!open_.empty()) {
      std::vector<std::size_t> complete = transport_.wait_some(open_);
      std::ranges::sort(complete, std::greater<>());
      std::vector<int> freed;
      for (const std::size_t place : complete) {
        Stream& stream = *streams_[place];
        if (post(stream, open_[place])) continue;
        if (--stream.open == 0 && --actors_[static_cast<std::size_t>(stream.lane)].open == 0) freed.push_back(stream.lane);
        open_.erase(open_.begin() + static_cast<std::ptrdiff_t>(place));
        streams_.erase(streams_.begin() + static_cast<std::ptrdiff_t>(place));
      }
      for (const int lane : freed) {
        end_step(actors_[static_cast<std::size_t>(lane)]);
        advance(lane);
      }
    }
  }

 private:
  struct Actor {
    int step = -1;
    int open = 0;  // messages under way
    std::vector<Message> sends, receives;
  };

  std::byte* at(const Piece& piece) { return buffer_ + piece.begin * size_; }

  void advance(int lane) {
    Actor& self = actors_[static_cast<std::size_t>(lane)];
    const int actor = lane * schedule_.ranks + transport_.rank();
    Moves moves;
    while (++self.step < schedule_.steps) {
      schedule_.moves(actor, self.step, moves);
      self.sends = messages_of(moves.sends);
      self.receives = messages_of(moves.receives);
      for (Message& message : self.receives) start_receive(lane, message, moves);
      for (Message& message : self.sends) start_send(lane, message);
      if (self.open > 0) return;
    }
  }

  /// Into its place where it is one piece that is only copied, and that nothing sent at this step reads.
  void start_receive(int lane, Message& message, const Moves& moves) {
    if (message.elements == 0) return;
    const Piece& first = message.pieces.front();
    const bool in_place = message.pieces.size() == 1 && !first.reduce &&
                          std::ranges::none_of(moves.sends, [&](const Piece& sent) { return overlap(first, sent); });
    if (!in_place) message.copy.resize(static_cast<std::size_t>(message.elements * size_));
    std::byte* const target = in_place ? at(first) : message.copy.data();
    const int from = message.peer % schedule_.ranks, their_lane = message.peer / schedule_.ranks;
    start({lane, false, target, message.elements * size_, from, tag(their_lane, lane)});
  }

  void start_send(int lane, Message& message) {
    if (message.elements == 0) return;
    std::byte* source = at(message.pieces.front());
    if (message.pieces.size() > 1) {
      for (const Piece& piece : message.pieces)
        message.copy.insert(message.copy.end(), at(piece), at(piece) + piece.count * size_);
      source = message.copy.data();
    }
    const int to = message.peer % schedule_.ranks, their_lane = message.peer / schedule_.ranks;
    start({lane, true, source, message.elements * size_, to, tag(lane, their_lane)});
  }

  /// Of the lanes at both ends: messages between two ranks that do not wait for each other must not be taken for one another.
  int tag(int from_lane, int to_lane) const { return 1 + from_lane * schedule_.lanes + to_lane; }

  void start(const Stream& given) {
    const auto stream = std::make_shared<Stream>(given);
    ++actors_[static_cast<std::size_t>(stream->lane)].open;
    Transport::Request request = 0;
    while (stream->open < kWindow && post(*stream, request)) {
      ++stream->open;
      open_.push_back(request);
      streams_.push_back(stream);
    }
  }

  /// The stream's next segment; false where there is none.
  bool post(Stream& stream, Transport::Request& request) {
    if (stream.begun == stream.bytes) return false;
    const std::int64_t bytes = std::min(kSegment, stream.bytes - stream.begun);
    std::byte* const data = stream.data + stream.begun;
    request = stream.sends ? transport_.send(data, bytes, stream.peer, stream.tag)
                           : transport_.receive(data, bytes, stream.peer, stream.tag);
    stream.begun += bytes;
    return true;
  }

  /// All of the step has arrived: what was received aside is put in its place.
  void end_step(Actor& self) {
    for (const Message& message : self.receives) {
      const std::byte* source = message.copy.data();
      if (message.copy.empty()) continue;
      for (const Piece& piece : message.pieces) {
        if (piece.reduce) {
          SYNCLINE_CHECK(size_ == 4, "bytes cannot be added");
          add(reinterpret_cast<const float*>(source), reinterpret_cast<float*>(at(piece)), piece.count);
        } else {
          std::memcpy(at(piece), source, static_cast<std::size_t>(piece.count * size_));
        }
        source += piece.count * size_;
      }
    }
  }

  static void add(const float* from, float* to, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) to[i] += from[i];
  }

  Transport& transport_;
  const network::Schedule& schedule_;
  std::int64_t size_;  // bytes of an element
  std::byte* buffer_;
  std::vector<Actor> actors_;                     // [lane]
  std::vector<Transport::Request> open_;          // of all lanes
  std::vector<std::shared_ptr<Stream>> streams_;  // [open]
};

}  // namespace

void carry_out(Transport& transport, const network::Schedule& schedule, Element element, void* buffer) {
  SYNCLINE_CHECK(schedule.ranks == transport.size(), "a schedule for another number of ranks");
  Execution(transport, schedule, element, buffer).run();
}

}  // namespace syncline::tools
