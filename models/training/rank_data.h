// Arrays that live on a rank. They have a size everywhere, and storage only where kernels run.
#pragma once

#include <cstdint>
#include <optional>

#include "models/training/rank.h"

namespace syncline::models {

/// An array that differs from rank to rank: [rank][element].
template <class T>
class PerRank {
 public:
  PerRank(const Rank& rank, std::int64_t elements) : elements_(elements) {
    if (const kernels::Device* device = rank.kernel_device()) {
      storage_.emplace(*device, static_cast<std::size_t>(elements * rank.ranks_here()));
      if (rank.ranks_here() < rank.world_size()) {
        gathered_.emplace(*device, static_cast<std::size_t>(elements * rank.world_size()));
      }
    }
  }
  std::int64_t elements() const { return elements_; }
  Bytes bytes() const { return Bytes(elements_ * static_cast<std::int64_t>(sizeof(T))); }
  kernels::Strided<T> from(std::int64_t begin) { return {storage_ ? storage_->data() + begin : nullptr, elements_}; }
  kernels::Strided<const T> read(std::int64_t begin = 0) const {
    return {storage_ ? storage_->data() + begin : nullptr, elements_};
  }
  /// All ranks' arrays, one after the other: what an all-gather leaves on every rank. [rank][element]
  kernels::Strided<const T> gathered() const {
    return gathered_ ? kernels::Strided<const T>{gathered_->data(), elements_} : read();
  }
  /// As a part of an all-gather's message.
  Gathered part() { return {bytes(), data(), gathered_ ? gathered_->data() : data()}; }
  T* data() { return storage_ ? storage_->data() : nullptr; }

 private:
  std::int64_t elements_;
  std::optional<kernels::Buffer<T>> storage_;
  std::optional<kernels::Buffer<T>> gathered_;  // where other ranks' arrays lie elsewhere until they are gathered
};

/// An array that is equal on all ranks, held once: [element].
template <class T>
class Common {
 public:
  Common(const Rank& rank, std::int64_t elements) : elements_(elements) {
    if (const kernels::Device* device = rank.kernel_device()) storage_.emplace(*device, static_cast<std::size_t>(elements));
  }
  std::int64_t elements() const { return elements_; }
  T* from(std::int64_t begin) { return storage_ ? storage_->data() + begin : nullptr; }
  /// As an argument of a kernel over ranks: every rank reads the one copy.
  kernels::Strided<const T> shared(std::int64_t begin = 0) const { return {storage_ ? storage_->data() + begin : nullptr, 0}; }
  kernels::Strided<T> shared_from(std::int64_t begin = 0) { return {from(begin), 0}; }
  std::optional<kernels::Buffer<T>>& storage() { return storage_; }

 private:
  std::int64_t elements_;
  std::optional<kernels::Buffer<T>> storage_;
};

}  // namespace syncline::models
