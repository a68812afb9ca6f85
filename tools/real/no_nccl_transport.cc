// Where the build found no NCCL, or no CUDA.
#include "sim/error.h"
#include "tools/real/transport.h"

namespace syncline::tools {

std::unique_ptr<Transport> open_nccl_transport(const TransportOptions&) {
  throw UserError({"", 0, "--transport"},
                  "this program was built without NCCL: it needs the CUDA toolkit and NCCL (libnccl-dev)");
}

}  // namespace syncline::tools
