// How far the training is, on stderr: a bar that moves on a terminal, a few plain lines elsewhere.
#pragma once

#include <chrono>
#include <cstddef>

#include "scenarios/run.h"

namespace syncline::tools {

class ProgressLine {
 public:
  ProgressLine();
  ~ProgressLine() { clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(const scenarios::Progress& progress);
  /// Takes the bar away, so that what follows starts on an empty line.
  void clear();

 private:
  void show_bar(const scenarios::Progress& progress);
  void show_line(const scenarios::Progress& progress);

  bool terminal_;
  bool shown_ = false;
  std::size_t lines_index_ = 0;  // the training that the last plain line was about, from 1
  std::chrono::steady_clock::time_point last_{};
};

}  // namespace syncline::tools
