#include "tools/real/transport.h"

#include <cstddef>
#include <cstring>

#include "sim/error.h"

namespace syncline::tools {

std::shared_ptr<void> Transport::allocate(std::int64_t bytes) {
  const auto size = static_cast<std::size_t>(bytes);
  auto memory = std::make_shared<std::vector<std::max_align_t>>(size / sizeof(std::max_align_t) + 1);
  return {memory, memory->data()};
}

void Transport::upload(void* to, const void* from_host, std::int64_t bytes) {
  std::memcpy(to, from_host, static_cast<std::size_t>(bytes));
}

void Transport::download(void* to_host, const void* from, std::int64_t bytes) {
  std::memcpy(to_host, from, static_cast<std::size_t>(bytes));
}

std::unique_ptr<Transport> open_transport(const std::string& name, const TransportOptions& options) {
  if (name == "mpi") return open_mpi_transport();
  if (name == "nccl") return open_nccl_transport(options);
  const std::vector<std::string> known = {"mpi", "nccl"};
  throw UserError({"", 0, "--transport"}, "unknown transport '" + name + "'" + suggestion(name, known));
}

}  // namespace syncline::tools
