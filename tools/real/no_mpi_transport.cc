// Where the build found no MPI.
#include "sim/error.h"
#include "tools/real/transport.h"

namespace syncline::tools {

std::unique_ptr<Transport> open_mpi_transport() {
  throw UserError({"", 0, "--transport"},
                  "this program was built without MPI: install an MPI library for developers (Debian: "
                  "libopenmpi-dev), and configure and build again");
}

}  // namespace syncline::tools
