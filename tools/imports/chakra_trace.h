// The nodes of a Chakra execution trace: what one rank computes and sends, and what waits for what.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace syncline::tools {

/// As the schema numbers them.
enum class ChakraKind {
  invalid = 0,
  metadata = 1,
  memory_load = 2,
  memory_store = 3,
  compute = 4,
  send = 5,
  receive = 6,
  collective = 7,
};

enum class ChakraCollective { all_reduce = 0, reduce = 1, all_gather = 2, reduce_scatter = 7 };

struct ChakraNode {
  std::uint64_t id = 0;
  std::string name;
  ChakraKind kind{};
  std::vector<std::size_t> after;  // indices of the nodes that it waits for, by data or by control
  double microseconds = 0;         // how long it took; 0: not told
  bool on_cpu = false;             // is_cpu_op
  // Of a compute node: operations, and bytes read and written; 0: not told.
  double operations = 0, tensor_bytes = 0;
  // Of a collective.
  int collective = -1;     // comm_type, as the schema numbers them
  std::int64_t bytes = 0;  // comm_size
};

struct ChakraTrace {
  std::string version;
  std::vector<ChakraNode> nodes;  // in an order in which each waits for earlier ones only; by id, where there is a choice
};

/// UserError naming the file, and the node by its id, where it is no such trace or cut off, two nodes have one id, a node waits for
/// one that is not there, some wait for one another in a circle, or an attribute is not what it must be.
ChakraTrace read_chakra(const std::string& file);

}  // namespace syncline::tools
