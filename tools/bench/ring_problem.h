// What collective_bench and simgrid_collective_bench both play: ring all-reduces of 100 MB over a star of 100 Gbit/s links, 1 us
// each.
#pragma once

#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>

struct RingProblem {
  int ranks = 1024;
  std::string links = "equal";  // unequal: they go down to 70 %, evenly; one-slow: one has half; any: 70 to 100 %, in no order
  int jobs = 1;                 // at once

  /// [RANKS [equal|unequal|one-slow|any [JOBS]]]
  RingProblem(int argc, char** argv) {
    if (argc > 1) ranks = std::atoi(argv[1]);
    if (argc > 2) links = argv[2];
    if (argc > 3) jobs = std::atoi(argv[3]);
  }

  static constexpr long kBytes = 100'000'000;
  static constexpr double kLatency = 1e-6;  // seconds, of each link
  /// Of both of a host's links.
  double bytes_per_second(int host) const {
    double part = 1;
    if (links == "unequal") part = 1 - 0.3 * host / ranks;
    if (links == "one-slow" && host == ranks / 2) part = 0.5;
    if (links == "any")
      part = 1 - 0.3 * (static_cast<double>(host * 0x9e3779b9u & 0xffffu) / 0x10000);  // Knuth's multiplicative hash
    return 1e11 / 8 * part;
  }

  /// Milliseconds of processor time since this was made, to stdout; what was found, and the peak of memory, to stderr.
  void report(const char* program, double simulated_seconds) const {
    const double seconds = static_cast<double>(std::clock() - begin_) / CLOCKS_PER_SEC;
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    std::fprintf(stderr, "%s, %d ranks, %s links, %d at once: %.6f s simulated, %.1f MB\n", program, ranks, links.c_str(), jobs,
                 simulated_seconds, static_cast<double>(usage.ru_maxrss) / 1000);
    std::printf("%.3f\n", 1e3 * seconds);
  }

 private:
  std::clock_t begin_ = std::clock();
};
