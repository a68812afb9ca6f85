#include "tools/real/transport.h"

#include "sim/error.h"

namespace syncline::tools {

std::unique_ptr<Transport> open_transport(const std::string& name, const TransportOptions& options) {
  if (name == "mpi") return open_mpi_transport();
  if (name == "nccl") return open_nccl_transport(options);
  const std::vector<std::string> known = {"mpi", "nccl"};
  throw UserError({"", 0, "--transport"}, "unknown transport '" + name + "'" + suggestion(name, known));
}

}  // namespace syncline::tools
