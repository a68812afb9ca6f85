// Forward and backward passes of replicas that may be more than the memory holds at once: then groups of them take turns, and a
// group's forward pass is run again before its backward pass. The numbers are the same.
#pragma once

#include <cstdint>
#include <optional>

#include "kernels/device.h"
#include "models/dnn/dnn.h"
#include "models/dnn/replica_network.h"

namespace syncline::models {

/// What the replicas work on, on the device.
struct ReplicaBatches {
  int batch = 1;                         // samples of each
  kernels::Strided<const float> x;       // [replica][feature][sample]
  const std::uint8_t* labels = nullptr;  // [replica][sample]
};

class GroupedNetwork {
 public:
  /// Takes its memory when it first runs, so that it takes what the others leave. `at_once`: replicas in a group at most; 0: all,
  /// and half as many again and again until they fit. OutOfMemory where a single one does not.
  GroupedNetwork(const kernels::Device& device, const Dnn& dnn, kernels::Replicas max, int at_once = 0);

  /// Of all replicas. The batches stay unchanged until the backward pass is over. loss, correct: [replica], as
  /// ReplicaNetwork::loss has them.
  void forward(const ReplicaBatches& batches, kernels::Strided<const float> weights, float* loss, std::int32_t* correct);

  /// As ReplicaNetwork::backward, with the same weights and gradients for all layers. Groups write all layers' gradients when
  /// the last layer is asked for; so does the first backward pass of all replicas at once, to find out whether it has the room.
  void backward(int layer, kernels::Strided<const float> weights, kernels::Strided<float> gradients);

  /// Replicas in a group; until now.
  int at_once() const { return at_once_; }
  const Dnn& dnn() const { return dnn_; }

 private:
  template <class Pass>
  void with_room(const Pass& pass);
  template <class Body>
  void for_groups(const Body& body);
  void run_forward(kernels::Replicas group, int first, kernels::Strided<const float> weights);

  kernels::Device device_;
  Dnn dnn_;
  kernels::Replicas max_;
  int at_once_;
  bool has_room_ = false;  // for a backward pass, too
  bool all_done_ = false;  // by this pass's first call
  std::optional<ReplicaNetwork> network_;
  // Of the last forward pass.
  ReplicaBatches batches_;
  float* loss_ = nullptr;
  std::int32_t* correct_ = nullptr;
};

}  // namespace syncline::models
