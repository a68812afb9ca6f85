#include "tools/output_file.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>

#include "sim/error.h"

namespace syncline::tools {
namespace {

// Names of the temporary files that a signal has to remove; their texts outlive their places here.
std::array<std::atomic<const char*>, 8> unfinished = {};

// Calls only what a signal handler may: unlink, signal, raise.
void remove_unfinished(int signal) {
  for (const std::atomic<const char*>& name : unfinished) {
    if (const char* file = name.load()) unlink(file);
  }
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

// Interrupted or terminated, the program leaves no temporary file either; who ignores a signal goes on ignoring it.
void remember(const std::string& name) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    if (std::signal(signal, remove_unfinished) == SIG_IGN) std::signal(signal, SIG_IGN);
  }
  for (std::atomic<const char*>& place : unfinished) {
    const char* none = nullptr;
    if (place.compare_exchange_strong(none, name.c_str())) return;
  }
}

void forget(const std::string& name) {
  for (std::atomic<const char*>& place : unfinished) {
    const char* mine = name.c_str();
    if (place.compare_exchange_strong(mine, nullptr)) return;
  }
}

}  // namespace

OutputFile::OutputFile(std::string option, std::string path) : option_(std::move(option)), path_(std::move(path)) {
  std::error_code ignored;
  if (path_.empty()) throw UserError({"", 0, option_}, "needs the name of a file");
  if (std::filesystem::is_directory(path_, ignored)) throw UserError({"", 0, option_}, "'" + path_ + "' is a folder");
  // A device or a pipe is written, not replaced.
  in_place_ = std::filesystem::exists(path_, ignored) && !std::filesystem::is_regular_file(path_, ignored);
  if (!in_place_ && std::filesystem::is_symlink(path_, ignored)) {
    path_ = std::filesystem::weakly_canonical(path_, ignored).string();
  }
  temporary_ = in_place_ ? path_ : path_ + ".partial-" + std::to_string(getpid());
  if (!in_place_) remember(temporary_);
  file_ = std::fopen(temporary_.c_str(), "wb");
  if (file_ == nullptr) {
    forget(temporary_);
    fail("cannot be written");
  }
}

OutputFile::~OutputFile() {
  if (file_ != nullptr) std::fclose(file_);
  if (!temporary_.empty() && !in_place_) std::remove(temporary_.c_str());
  forget(temporary_);
}

void OutputFile::write(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), file_) != text.size()) fail("cannot be written");
}

void OutputFile::commit() {
  std::FILE* file = file_;
  file_ = nullptr;
  if (std::fclose(file) != 0) fail("cannot be written");
  if (!in_place_ && std::rename(temporary_.c_str(), path_.c_str()) != 0) fail("cannot be put in place");
  forget(temporary_);
  temporary_.clear();
}

void OutputFile::fail(const std::string& what) const {
  throw UserError({"", 0, option_}, "'" + path_ + "' " + what + ": " + std::strerror(errno));
}

}  // namespace syncline::tools
