// Measured scenarios beside their predictions: case by case, and in a few numbers.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "scenarios/measured.h"
#include "tools/error_statistics.h"

namespace syncline::tools {

struct ComparedFile {
  std::string file, title;
  std::vector<scenarios::MeasuredCase> cases;
  std::vector<double> predicted;  // [case] seconds
};

/// Plays all cases.
ComparedFile compare_file(const std::string& file);

/// Of some of its cases.
ErrorStatistics statistics_of(const ComparedFile& file, const std::vector<std::size_t>& which);

/// The cases that a network's numbers were fitted to, or the others.
std::vector<std::size_t> fitted_cases(const ComparedFile& file);
std::vector<std::size_t> judged_cases(const ComparedFile& file);

/// Collectives of one kind by size.
struct Curve {
  std::string network;
  int workers = 1;
  std::string what;                // "all-reduce, auto"
  std::vector<std::size_t> cases;  // by bytes
  bool measured_monotone = true;   // no size takes less time than a smaller one
  bool predicted_monotone = true;  // likewise
};
std::vector<Curve> curves_of(const ComparedFile& file);

/// Methods on one network with the same workers, model and batch.
struct Column {
  std::string network, model;
  int workers = 1, batch = 1;
  std::vector<std::size_t> cases;  // two or more
  Order order;
};
std::vector<Column> columns_of(const ComparedFile& file);

/// What is printed: each case, then the numbers.
std::string comparison_text(const std::vector<ComparedFile>& files, bool cases);
std::string comparison_json(const std::vector<ComparedFile>& files);

}  // namespace syncline::tools
