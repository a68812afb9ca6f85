#include "tools/real/rendezvous.h"

#include <charconv>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <thread>

#include "sim/error.h"

namespace syncline::tools {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kLook(20);

/// The first of these variables that is there: Open MPI's, Slurm's, and PMI's of MPICH and its like.
std::optional<int> number(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const char* const text = std::getenv(name);
    if (text == nullptr) continue;
    int value = 0;
    const char* const end = text + std::strlen(text);
    if (std::from_chars(text, end, value).ptr == end) return value;
  }
  return std::nullopt;
}

}  // namespace

Place place_of_environment() {
  const auto rank = number({"OMPI_COMM_WORLD_RANK", "SLURM_PROCID", "PMI_RANK"});
  const auto size = number({"OMPI_COMM_WORLD_SIZE", "SLURM_NTASKS", "PMI_SIZE"});
  if (!rank || !size) throw UserError("this is rank what of how many? Start it by mpirun or srun");
  return {*rank, *size, number({"OMPI_COMM_WORLD_LOCAL_RANK", "SLURM_LOCALID", "MPI_LOCALRANKID"}).value_or(*rank)};
}

std::vector<std::string> FileRendezvous::gather(const std::string& mine) {
  const std::string own = name(place_.rank);
  std::error_code ignored;
  fs::remove(read_mark(place_.rank), ignored);  // of a run that was cut off
  if (fs::exists(own)) throw UserError({"", 0, "--rendezvous"}, "'" + own + "' is there already, from another run: remove it");
  {
    std::ofstream stream(own + ".part", std::ios::binary);
    stream << mine;
    stream.close();
    std::error_code error;
    if (stream) fs::rename(own + ".part", own, error);
    if (!stream || error) throw UserError({"", 0, "--rendezvous"}, "cannot write '" + own + "'");
  }
  std::vector<std::string> texts;
  for (int rank = 0; rank < place_.size; ++rank) {
    while (!fs::exists(name(rank))) std::this_thread::sleep_for(kLook);
    std::ostringstream text;
    text << std::ifstream(name(rank), std::ios::binary).rdbuf();
    texts.push_back(text.str());
  }
  std::ofstream(read_mark(place_.rank)).close();
  read_ = true;
  return texts;
}

FileRendezvous::~FileRendezvous() {
  if (!read_ || place_.rank != 0) return;
  const auto since = std::chrono::steady_clock::now();
  for (int rank = 0; rank < place_.size; ++rank) {
    while (!fs::exists(read_mark(rank)) && std::chrono::steady_clock::now() - since < kPatience)
      std::this_thread::sleep_for(kLook);
  }
  std::error_code ignored;
  for (int rank = 0; rank < place_.size; ++rank) {
    fs::remove(name(rank), ignored);
    fs::remove(read_mark(rank), ignored);
  }
}

}  // namespace syncline::tools
