// Real ranks that exchange real bytes: what MPI and NCCL have in common, as far as it is used here.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace syncline::tools {

/// The library said no; one line.
class TransportError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// One rank's end. All ranks make the same calls in the same order. Used by one thread at a time, but for abort().
class Transport {
 public:
  using Request = int;

  virtual ~Transport() = default;
  Transport() = default;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  virtual int rank() const = 0;
  virtual int size() const = 0;
  virtual std::string_view name() const = 0;
  /// Of the library: "Open MPI v4.1.4".
  virtual std::string version() const = 0;
  /// The GPU that this rank has to itself; empty: it needs none.
  virtual std::string gpu() const { return ""; }

  /// Zeroed memory of the kind that the transport sends from and receives to: the host's, or a GPU's.
  virtual std::shared_ptr<void> allocate(std::int64_t bytes);
  virtual void upload(void* to, const void* from_host, std::int64_t bytes);
  virtual void download(void* to_host, const void* from, std::int64_t bytes);

  // The library's own collectives, blocking.
  /// out[0, elements) = the sum over ranks of in; they are not the same array.
  virtual void all_reduce(const float* in, float* out, std::int64_t elements) = 0;
  /// all [rank][bytes]
  virtual void all_gather(const void* mine, void* all, std::int64_t bytes) = 0;
  virtual void broadcast(void* data, std::int64_t bytes, int root) = 0;
  virtual void barrier() = 0;

  // Messages of which schedules are made; only where memory is the host's.
  virtual bool has_messages() const = 0;
  /// Between two ranks, messages of one tag arrive in the order in which they were sent. The array stays the message's until it is
  /// complete.
  virtual Request send(const void* data, std::int64_t bytes, int to, int tag) = 0;
  virtual Request receive(void* data, std::int64_t bytes, int from, int tag) = 0;
  /// Waits until one or more are complete, which are then forgotten, and gives their places in `requests`.
  virtual std::vector<std::size_t> wait_some(std::span<const Request> requests) = 0;

  /// Ends all ranks at once; from any thread.
  [[noreturn]] virtual void abort(int code) = 0;
};

struct TransportOptions {
  std::string rendezvous;  // NCCL: a file where rank 0 leaves the communicator's name; empty: by MPI
};

/// "mpi" or "nccl". UserError where the program was built without it, or what it needs is not here.
std::unique_ptr<Transport> open_transport(const std::string& name, const TransportOptions& options);

// The rows of open_transport().
std::unique_ptr<Transport> open_mpi_transport();
std::unique_ptr<Transport> open_nccl_transport(const TransportOptions& options);

}  // namespace syncline::tools
