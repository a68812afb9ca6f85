#include "tools/window_means.h"

#include <cmath>
#include <string_view>
#include <unordered_map>

#include "sim/error.h"

namespace syncline::tools {
namespace {

/// One series on its way through the windows.
class Series {
 public:
  explicit Series(const sim::Sample& first) : name_(first.series) {}

  /// Its value from `at` on, which is not before the last.
  void add(Time at, double value, Time window) {
    move_to(at, window);
    value_ = value;
  }

  /// Closes the windows that end by `at`, and takes the part of the last one that has gone by.
  void move_to(Time at, Time window) {
    while (begin_ + window <= at) {
      sum_ += value_ * (begin_ + window - now_).seconds();
      close(window);
    }
    sum_ += value_ * (at - now_).seconds();
    now_ = at;
  }

  /// Closes the last window, if it was cut short, and the series: nothing is known after its end.
  void finish() {
    if (now_ > begin_) close(now_ - begin_);
    if (last_ > 0) means_.push_back({name_, now_, 0});
  }

  const std::vector<sim::Sample>& means() const { return means_; }

 private:
  void close(Time length) {
    const double mean = std::round(sum_ / length.seconds() * 100) / 100;
    if (mean != last_) means_.push_back({name_, begin_, mean});
    last_ = mean;
    sum_ = 0;
    begin_ += length;
    now_ = begin_;
  }

  std::string name_;
  Time begin_, now_;  // of the open window; how far the sum reaches
  double value_ = 0, sum_ = 0, last_ = 0;
  std::vector<sim::Sample> means_;
};

}  // namespace

std::vector<sim::Sample> window_means(const std::vector<sim::Sample>& samples, Time window, Time end) {
  SYNCLINE_CHECK(window > Time::zero(), "windows without length");
  std::vector<Series> all;
  std::unordered_map<std::string_view, std::size_t> known;
  for (const sim::Sample& sample : samples) {
    const auto [place, is_new] = known.emplace(sample.series, all.size());
    if (is_new) all.emplace_back(sample);
    all[place->second].add(sample.at, sample.value, window);
  }
  std::vector<sim::Sample> means;
  for (Series& series : all) {
    series.move_to(end, window);
    series.finish();
    means.insert(means.end(), series.means().begin(), series.means().end());
  }
  return means;
}

}  // namespace syncline::tools
