#include "tools/real/watchdog.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstring>

namespace syncline::tools {
namespace {

/// After the word is said: time for the other ranks, whose watchdogs bark at about the same time, to say theirs.
constexpr std::chrono::milliseconds kGrace(500);
/// Then a library that can't even abort is left alone.
constexpr std::chrono::seconds kLast(5);

// What is said where the job is ended from outside (mpirun and srun send SIGTERM to the ranks that are left). A signal handler may
// only write what already lies there. Of two texts, one is said while the other is made.
std::array<std::array<char, 512>, 2> g_last_words;
std::atomic<int> g_spoken{0};

void say_last_words(int) {
  const auto& text = g_last_words[static_cast<std::size_t>(g_spoken.load())];
  [[maybe_unused]] const auto written = write(STDERR_FILENO, text.data(), strnlen(text.data(), text.size()));
  _exit(kLostRankCode);
}

void prepare_last_words(const std::string& text) {
  const int next = 1 - g_spoken.load();
  auto& place = g_last_words[static_cast<std::size_t>(next)];
  const std::size_t length = text.copy(place.data(), place.size() - 1);
  place[length] = '\0';
  g_spoken.store(next);
}

void write_error(const std::string& text) {
  [[maybe_unused]] const auto written = write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

Watchdog::Watchdog(Seconds timeout) : timeout_(timeout) {
  prepare_last_words(fmt::format("syncline: {} was ended from outside\n", who_));
  signal(SIGTERM, say_last_words);
  thread_ = std::thread([this] { watch(); });
}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  changed_.notify_all();
  thread_.join();
  signal(SIGTERM, SIG_DFL);
}

void Watchdog::join(int rank, int size, std::function<void(int)> abort) {
  const std::lock_guard lock(mutex_);
  who_ = fmt::format("rank {} of {}", rank, size);
  abort_ = std::move(abort);
  prepare_last_words(fmt::format("syncline: {} was ended from outside; another rank was lost, or the job was cancelled\n", who_));
}

void Watchdog::enter(const std::string& operation) {
  {
    const std::lock_guard lock(mutex_);
    operation_ = operation;
    since_ = std::chrono::steady_clock::now();
    waits_ = true;
    prepare_last_words(
        fmt::format("syncline: {} was ended from outside while it was in {}; another rank was lost, or the job was cancelled\n",
                    who_, operation));
  }
  changed_.notify_all();
}

void Watchdog::leave() {
  const std::lock_guard lock(mutex_);
  waits_ = false;
}

void Watchdog::watch() {
  std::unique_lock lock(mutex_);
  while (!ends_) {
    if (!waits_) {
      changed_.wait(lock);
      continue;
    }
    const auto due = since_ + std::chrono::duration_cast<std::chrono::steady_clock::duration>(timeout_);
    changed_.wait_until(lock, due);
    const auto now = std::chrono::steady_clock::now();
    if (!ends_ && waits_ && now >= since_ + timeout_) expire(Seconds(now - since_).count());
  }
}

void Watchdog::expire(double seconds) {
  write_error(
      fmt::format("syncline: {} has been in {} for {:.1f} s, longer than --timeout allows: another rank is lost, stopped or "
                  "in another operation; the job is ended\n",
                  who_, operation_, seconds));
  std::this_thread::sleep_for(kGrace);
  std::thread([] {
    std::this_thread::sleep_for(kLast);
    _exit(kLostRankCode);
  }).detach();
  if (abort_) abort_(kLostRankCode);
  _exit(kLostRankCode);
}

}  // namespace syncline::tools
