#include "tools/imports/chakra_trace.h"

#include <google/protobuf/io/coded_stream.h>
#include <tools/imports/chakra.pb.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <queue>

#include "models/data/gzip.h"
#include "sim/error.h"

namespace syncline::tools {
namespace {

constexpr double kLongest = 1e12;                           // microseconds of one node: 11 days
constexpr std::int64_t kMostBytes = std::int64_t{1} << 50;  // of one collective
constexpr std::size_t kMostFileBytes = 0x7fffffff;          // Protocol Buffers count them in an int
constexpr int kMostKinds = 10;                              // of nodes, in the schema

/// With a mark in place of what is not UTF-8.
std::string clean(const std::string& text) {
  using json = nlohmann::json;
  return json::parse(json(text).dump(-1, ' ', false, json::error_handler_t::replace)).get<std::string>();
}

class Reader {
 public:
  explicit Reader(const std::string& file) : file_(file), bytes_(models::read_maybe_gzip(file)) {}

  ChakraTrace trace() {
    if (bytes_.size() > kMostFileBytes) fail("has more than 2 GiB");
    google::protobuf::io::CodedInputStream stream(bytes_.data(), static_cast<int>(bytes_.size()));
    chakra::GlobalMetadata head;
    if (!next(stream, head)) fail("is empty");
    ChakraTrace result;
    result.version = clean(head.version());
    std::vector<chakra::Node> nodes;
    for (chakra::Node node; next(stream, node); node.Clear()) nodes.push_back(node);
    if (nodes.empty()) fail("has no nodes");
    result.nodes = ordered(nodes);
    return result;
  }

 private:
  [[noreturn]] void fail(const std::string& message) const { throw UserError({file_, 0, ""}, message); }
  [[noreturn]] void fail(const chakra::Node& node, const std::string& message) const {
    throw UserError({file_, 0, "node " + std::to_string(node.id())}, message);
  }

  /// False at the end of the file.
  template <class Message>
  bool next(google::protobuf::io::CodedInputStream& stream, Message& message) const {
    const int at = stream.CurrentPosition();
    if (at == static_cast<int>(bytes_.size())) return false;
    std::uint32_t length = 0;
    if (!stream.ReadVarint32(&length) || length > bytes_.size() - static_cast<std::size_t>(stream.CurrentPosition())) {
      fail("is cut off, or no Chakra trace: at byte " + std::to_string(at) + " a message is longer than the file");
    }
    const auto limit = stream.PushLimit(static_cast<int>(length));
    if (!message.ParseFromCodedStream(&stream) || !stream.ConsumedEntireMessage()) {
      fail("is no Chakra trace: the message at byte " + std::to_string(at) + " cannot be read");
    }
    stream.PopLimit(limit);
    return true;
  }

  /// Of an attribute that is a number; `otherwise` where it is not there.
  double number(const chakra::Node& node, const char* name, double otherwise) const {
    for (const chakra::Attribute& attribute : node.attr()) {
      if (attribute.name() != name) continue;
      switch (attribute.value_case()) {
        case chakra::Attribute::kDoubleVal:
          return attribute.double_val();
        case chakra::Attribute::kFloatVal:
          return attribute.float_val();
        case chakra::Attribute::kInt32Val:
          return attribute.int32_val();
        case chakra::Attribute::kInt64Val:
          return static_cast<double>(attribute.int64_val());
        case chakra::Attribute::kUint32Val:
          return attribute.uint32_val();
        case chakra::Attribute::kUint64Val:
          return static_cast<double>(attribute.uint64_val());
        case chakra::Attribute::kSint32Val:
          return attribute.sint32_val();
        case chakra::Attribute::kSint64Val:
          return static_cast<double>(attribute.sint64_val());
        case chakra::Attribute::kFixed32Val:
          return attribute.fixed32_val();
        case chakra::Attribute::kFixed64Val:
          return static_cast<double>(attribute.fixed64_val());
        case chakra::Attribute::kSfixed32Val:
          return attribute.sfixed32_val();
        case chakra::Attribute::kSfixed64Val:
          return static_cast<double>(attribute.sfixed64_val());
        case chakra::Attribute::kBoolVal:
          return attribute.bool_val() ? 1 : 0;
        case chakra::Attribute::kStringVal:
        case chakra::Attribute::VALUE_NOT_SET:
          break;
      }
      fail(node, std::string(name) + " must be a number");
    }
    return otherwise;
  }

  /// At least 0.
  double amount(const chakra::Node& node, const char* name, double most) const {
    const double value = number(node, name, 0);
    if (!(value >= 0 && value <= most)) fail(node, std::string(name) + " is negative or too great");
    return value;
  }

  ChakraNode converted(const chakra::Node& node) const {
    if (node.type() <= 0 || node.type() > kMostKinds) fail(node, "there is no type " + std::to_string(node.type()) + " of nodes");
    ChakraNode result;
    result.id = node.id();
    result.name = node.name().empty() ? "node " + std::to_string(node.id()) : clean(node.name());
    result.kind = static_cast<ChakraKind>(node.type());
    result.microseconds = static_cast<double>(node.duration_micros());
    if (result.microseconds > kLongest) fail(node, "duration_micros is negative or too great");
    result.on_cpu = number(node, "is_cpu_op", 0) != 0;
    result.operations = amount(node, "num_ops", 1e30);
    result.tensor_bytes = amount(node, "tensor_size", 1e30);
    if (result.kind == ChakraKind::collective) {
      const double kind = number(node, "comm_type", -1);
      if (!(kind >= 0 && kind <= 9 && kind == static_cast<int>(kind))) fail(node, "comm_type must be a whole number from 0 to 9");
      result.collective = static_cast<int>(kind);
      result.bytes = static_cast<std::int64_t>(amount(node, "comm_size", static_cast<double>(kMostBytes)));
    }
    return result;
  }

  /// Those that could be next are taken by their ids.
  std::vector<ChakraNode> ordered(const std::vector<chakra::Node>& nodes) const {
    std::map<std::uint64_t, std::size_t> places;  // [id]
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      if (!places.emplace(nodes[i].id(), i).second) fail(nodes[i], "is there twice");
    }
    std::vector<std::vector<std::size_t>> before(nodes.size()), behind(nodes.size());
    std::vector<std::size_t> missing(nodes.size(), 0);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      for (const auto* deps : {&nodes[i].data_deps(), &nodes[i].ctrl_deps()}) {
        for (const std::uint64_t id : *deps) {
          const auto place = places.find(id);
          if (place == places.end()) fail(nodes[i], "waits for node " + std::to_string(id) + ", which is not there");
          before[i].push_back(place->second);
          behind[place->second].push_back(i);
          ++missing[i];
        }
      }
    }
    using Ready = std::pair<std::uint64_t, std::size_t>;
    std::priority_queue<Ready, std::vector<Ready>, std::greater<>> ready;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      if (missing[i] == 0) ready.emplace(nodes[i].id(), i);
    }
    std::vector<ChakraNode> result;
    std::vector<std::size_t> number(nodes.size(), 0);
    while (!ready.empty()) {
      const std::size_t i = ready.top().second;
      ready.pop();
      number[i] = result.size();
      result.push_back(converted(nodes[i]));
      for (const std::size_t j : before[i]) result.back().after.push_back(number[j]);
      for (const std::size_t j : behind[i]) {
        if (--missing[j] == 0) ready.emplace(nodes[j].id(), j);
      }
    }
    if (result.size() < nodes.size()) {
      const auto stuck = std::ranges::find_if(missing, [](std::size_t count) { return count > 0; });
      fail(nodes[static_cast<std::size_t>(stuck - missing.begin())], "waits for itself, by way of others");
    }
    return result;
  }

  const std::string& file_;
  std::vector<std::uint8_t> bytes_;
};

}  // namespace

ChakraTrace read_chakra(const std::string& file) { return Reader(file).trace(); }

}  // namespace syncline::tools
