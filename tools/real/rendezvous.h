// How ranks that have no communicator yet tell each other what they need for one: by MPI, or by files on a file system that all
// share.
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "tools/real/transport.h"

namespace syncline::tools {

/// A rank's place, as mpirun, srun and others that speak PMI leave it in the environment.
struct Place {
  int rank = 0, size = 1;
  int local_rank = 0;  // among those of its machine
};
/// UserError where the environment does not say.
Place place_of_environment();

/// [rank]: every rank's text, by files FILE.0, FILE.1, ... UserError where this rank's is there already. Who has read them all says
/// so by FILE.0.read, ...; when all have, at the latest after kPatience, rank 0 removes them as this is destroyed.
class FileRendezvous {
 public:
  static constexpr std::chrono::seconds kPatience{5};

  FileRendezvous(std::string file, Place place) : file_(std::move(file)), place_(place) {}
  ~FileRendezvous();
  FileRendezvous(const FileRendezvous&) = delete;
  FileRendezvous& operator=(const FileRendezvous&) = delete;

  std::vector<std::string> gather(const std::string& mine);

 private:
  std::string name(int rank) const { return file_ + "." + std::to_string(rank); }
  std::string read_mark(int rank) const { return name(rank) + ".read"; }

  std::string file_;
  Place place_;
  bool read_ = false;
};

}  // namespace syncline::tools
