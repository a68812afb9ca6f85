// What happened when: records that simulated and real ranks write alike.
#pragma once

#include <string>
#include <vector>

#include "sim/units.h"

namespace syncline::sim {

/// Something that a worker did for a while.
struct Span {
  int track = 0;         // index of the worker
  std::string name;      // "conv1", "all-reduce gradient"
  std::string category;  // forward, backward, compression, update, communication
  Time begin, end;
  Bytes bytes;
};

/// A value from a time on, e.g. a link's utilisation from 0 to 1.
struct Sample {
  std::string series;
  Time at;
  double value = 0;
};

class TraceSink {
 public:
  virtual ~TraceSink() = default;
  virtual void span(const Span& span) = 0;
  virtual void sample(const Sample& sample) = 0;
};

class MemoryTrace final : public TraceSink {
 public:
  void span(const Span& span) override { spans.push_back(span); }
  void sample(const Sample& sample) override { samples.push_back(sample); }
  std::vector<Span> spans;
  std::vector<Sample> samples;
};

}  // namespace syncline::sim
