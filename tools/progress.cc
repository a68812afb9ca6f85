#include "tools/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "tools/table.h"

namespace syncline::tools {
namespace {

constexpr int kCells = 30;
constexpr auto kRedraw = std::chrono::milliseconds(100);

/// Of the terminal that stderr is; 80 where it does not say.
std::size_t columns() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

/// Where it cannot be written, the training goes on all the same.
void show_text(const std::string& text) {
  std::fputs(text.c_str(), stderr);
  std::fflush(stderr);
}

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
  std::string line = fmt::format(" {:3.0f} %  training {} of {}: {}, step {}, loss {:.3f}", 100 * done, progress.index + 1,
                                 progress.count, progress.method, progress.step, progress.loss);
  // What does not fit would wrap, and stay: the bar goes first, then the end of the line.
  const std::size_t width = columns() - 1;
  if (display_width(bar + line) > width) bar.clear();
  while (display_width(bar + line) > width) line.pop_back();
  show_text("\r\033[K" + bar + line);
}

void ProgressLine::show_line(const scenarios::Progress& progress) {
  if (lines_index_ == progress.index + 1) return;
  lines_index_ = progress.index + 1;
  show_text(fmt::format("training {} of {}: {}\n", progress.index + 1, progress.count, progress.method));
}

void ProgressLine::clear() {
  if (!terminal_ || !shown_) return;
  show_text("\r\033[K");
  shown_ = false;
}

}  // namespace syncline::tools
