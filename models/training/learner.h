// What the replicas learn: losses and gradients of P workers at once.
#pragma once

#include <memory>
#include <vector>

#include "kernels/device.h"
#include "models/data/dataset.h"
#include "models/data/shards.h"
#include "models/dnn/dnn.h"

namespace syncline::models {

struct Score {
  double loss = 0;      // mean over the test samples
  double accuracy = 0;  // part of them, 0 to 1
};

/// The seam between a training program's numbers and where they come from: a network and a data set, or a test's formula.
class Learner {
 public:
  virtual ~Learner() = default;
  virtual std::vector<float> initial_weights() = 0;
  /// Draws each worker's next `batch` samples. weights: [worker][parameter], or stride 0 where all workers share them.
  virtual void forward(int batch, kernels::Strided<const float> weights) = 0;
  /// The mean losses over workers of the forward passes since the last call, in their order. Waits for the device.
  virtual std::vector<double> take_losses() = 0;
  /// gradients: [worker][parameter]; this layer's part is written.
  virtual void backward(int layer, kernels::Strided<const float> weights, kernels::Strided<float> gradients) = 0;
  virtual Score evaluate(const float* weights) = 0;
  /// How many workers' passes the device's memory holds at once; 0: all.
  virtual int workers_at_once() const { return 0; }
};

/// `largest_batch`: the most that forward will be asked for. Shard i is that of worker first_worker + i.
std::unique_ptr<Learner> make_learner(const kernels::Device& device, const Dnn& dnn, const Dataset& data, Shards shards,
                                      int largest_batch, std::uint64_t seed, int first_worker = 0);

}  // namespace syncline::models
