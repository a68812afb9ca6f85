// What tools/dev/pytorch_reference.py trains, by the same formulas, and the file it writes. The script says what they mean.
#pragma once

#include <cmath>
#include <cstdint>
#include <fstream>
#include <istream>
#include <stdexcept>
#include <string>
#include <vector>

#include "models/dnn/dnn.h"

namespace syncline::models {

struct PytorchCase {
  std::string model, method;
  int workers = 0, batch = 0, steps = 0, local_steps = 0;
  double learning_rate = 0, momentum = 0, weight_decay = 0;
  std::vector<double> losses;  // [step]
};

inline std::uint32_t mix(std::uint32_t x) {
  x ^= x >> 16;
  x *= 0x85ebca6bu;
  x ^= x >> 13;
  x *= 0xc2b2ae35u;
  return x ^ x >> 16;
}

inline float uniform(std::uint32_t stream, std::uint32_t i) { return static_cast<float>(mix(mix(stream) + i) >> 8) / (1 << 24); }

inline std::vector<float> pytorch_weights(const Dnn& dnn) {
  std::vector<float> weights;
  std::uint32_t stream = 0;
  for (const Parameter& parameter : dnn.parameters()) {
    const float bound = static_cast<float>(1 / std::sqrt(static_cast<double>(parameter.fan_in)));
    for (std::uint32_t i = 0; i < parameter.elements(); ++i) weights.push_back((2 * uniform(stream, i) - 1) * bound);
    ++stream;
  }
  return weights;
}

/// One worker's batch of one step: x [feature][sample], labels [sample].
inline void fill_pytorch_batch(const PytorchCase& c, int step, int worker, float* x, std::uint8_t* labels) {
  const auto class_of = [](std::uint32_t stream, std::uint32_t n) { return static_cast<std::uint32_t>(10 * uniform(stream, n)); };
  for (int j = 0; j < c.batch; ++j) {
    const std::uint32_t n = static_cast<std::uint32_t>((step * c.workers + worker) * c.batch + j);
    const std::uint32_t own_class = class_of(1010, n);
    labels[j] = static_cast<std::uint8_t>(uniform(1011, n) < 0.2f ? class_of(1012, n) : own_class);
    for (std::uint32_t pixel = 0; pixel < 28 * 28; ++pixel) {
      const std::uint32_t tile = 7 * (pixel / 28 / 4) + pixel % 28 / 4;
      const float pattern = 2 * uniform(1013, 49 * own_class + tile) - 1;
      x[pixel * static_cast<std::uint32_t>(c.batch) + static_cast<std::uint32_t>(j)] =
          pattern + (uniform(1014, 784 * n + pixel) - 0.5f);
    }
  }
}

inline std::vector<PytorchCase> read_pytorch_cases(const std::string& path) {
  std::ifstream file(path);
  const auto expect = [&](const std::string& wanted, auto& value) {
    std::string word;
    if (!(file >> word >> value) || word != wanted) throw std::runtime_error(path + ": expected " + wanted + ", not " + word);
  };
  std::string line;
  if (!std::getline(file, line) || line.front() != '#') throw std::runtime_error(path + ": no reference file");
  std::vector<PytorchCase> cases;
  while ((file >> std::ws) && file.peek() != std::istream::traits_type::eof()) {
    PytorchCase c;
    expect("case", c.model);
    file >> c.method;
    expect("workers", c.workers);
    expect("batch", c.batch);
    expect("steps", c.steps);
    expect("local_steps", c.local_steps);
    expect("learning_rate", c.learning_rate);
    expect("momentum", c.momentum);
    expect("weight_decay", c.weight_decay);
    c.losses.resize(static_cast<std::size_t>(c.steps));
    for (double& loss : c.losses) {
      if (!(file >> loss)) throw std::runtime_error(path + ": too few losses");
    }
    cases.push_back(std::move(c));
  }
  return cases;
}

}  // namespace syncline::models
