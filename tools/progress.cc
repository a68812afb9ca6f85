#include "tools/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>

namespace syncline::tools {
namespace {

constexpr int kCells = 30;
constexpr auto kRedraw = std::chrono::milliseconds(100);

}  // namespace

ProgressLine::ProgressLine() : terminal_(isatty(STDERR_FILENO) == 1) {}

void ProgressLine::show(const scenarios::Progress& progress) {
  if (terminal_) {
    show_bar(progress);
  } else {
    show_line(progress);
  }
}

void ProgressLine::show_bar(const scenarios::Progress& progress) {
  const auto now = std::chrono::steady_clock::now();
  if (shown_ && now - last_ < kRedraw) return;
  last_ = now;
  shown_ = true;
  const double done = (static_cast<double>(progress.index) + progress.part) / static_cast<double>(progress.count);
  const int full = std::clamp(static_cast<int>(done * kCells), 0, kCells);
  std::string bar;
  for (int cell = 0; cell < kCells; ++cell) bar += cell < full ? "█" : "░";
  fmt::print(stderr, "\r\033[K{} {:3.0f} %  training {} of {}: {}, step {}, loss {:.3f}", bar, 100 * done, progress.index + 1,
             progress.count, progress.method, progress.step, progress.loss);
  std::fflush(stderr);
}

void ProgressLine::show_line(const scenarios::Progress& progress) {
  if (lines_index_ == progress.index + 1) return;
  lines_index_ = progress.index + 1;
  fmt::print(stderr, "training {} of {}: {}\n", progress.index + 1, progress.count, progress.method);
}

void ProgressLine::clear() {
  if (!terminal_ || !shown_) return;
  fmt::print(stderr, "\r\033[K");
  std::fflush(stderr);
  shown_ = false;
}

}  // namespace syncline::tools
