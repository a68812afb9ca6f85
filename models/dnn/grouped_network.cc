#include "models/dnn/grouped_network.h"

#include <algorithm>

#include "sim/error.h"

namespace syncline::models {
namespace {

template <class T>
kernels::Strided<T> of_group(kernels::Strided<T> all, int first) {
  return {all.of(first), all.stride};
}

}  // namespace

GroupedNetwork::GroupedNetwork(const kernels::Device& device, const Dnn& dnn, kernels::Replicas max, int at_once)
    : device_(device), dnn_(dnn), max_(max), at_once_(at_once > 0 ? std::min(at_once, max.count) : max.count) {}

/// Runs a pass, with smaller and smaller groups until it has the room.
template <class Pass>
void GroupedNetwork::with_room(const Pass& pass) {
  for (;;) {
    try {
      if (!network_) network_.emplace(device_, dnn_, kernels::Replicas{at_once_, max_.batch});
      return pass();
    } catch (const kernels::OutOfMemory&) {
      if (at_once_ == 1) throw;
      network_.reset();
      at_once_ = (at_once_ + 1) / 2;
    }
  }
}

template <class Body>
void GroupedNetwork::for_groups(const Body& body) {
  for (int first = 0; first < max_.count; first += at_once_) {
    body(kernels::Replicas{std::min(at_once_, max_.count - first), batches_.batch}, first);
  }
}

void GroupedNetwork::forward(const ReplicaBatches& batches, kernels::Strided<const float> weights, float* loss,
                             std::int32_t* correct) {
  batches_ = batches;
  loss_ = loss;
  correct_ = correct;
  with_room([&] { for_groups([&](kernels::Replicas group, int first) { run_forward(group, first, weights); }); });
}

void GroupedNetwork::run_forward(kernels::Replicas group, int first, kernels::Strided<const float> weights) {
  network_->forward(group, of_group(batches_.x, first), of_group(weights, first));
  network_->loss(batches_.labels + std::int64_t{first} * group.batch, loss_ + first, correct_ + first);
}

void GroupedNetwork::backward(int layer, kernels::Strided<const float> weights, kernels::Strided<float> gradients) {
  const int last = static_cast<int>(dnn_.layers.size()) - 1;
  SYNCLINE_CHECK(network_, "a backward pass of no forward pass");
  if (layer == last) all_done_ = false;
  if (all_done_) return;
  if (has_room_ && at_once_ == max_.count) return network_->backward(layer, weights, gradients);
  with_room([&] {
    for_groups([&](kernels::Replicas group, int first) {
      if (at_once_ < max_.count) run_forward(group, first, weights);
      for (int l = last; l >= 0; --l) network_->backward(l, of_group(weights, first), of_group(gradients, first));
    });
  });
  has_room_ = all_done_ = true;
}

}  // namespace syncline::models
