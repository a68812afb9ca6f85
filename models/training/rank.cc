#include "models/training/rank.h"

#include "sim/error.h"

namespace syncline::models {

sim::Task<> Rank::forward_layer(int) { throw InternalError("forward by layer, where steps do not overlap"); }
sim::Task<> Rank::update_layer(int) { throw InternalError("update by layer, where steps do not overlap"); }

sim::Task<std::int64_t> Rank::least_of_all(std::int64_t value) {
  SYNCLINE_CHECK(ranks_here() == world_size(), "a rank that cannot ask the others");
  co_return value;
}

sim::Task<> Rank::next_tick(Time) { co_return; }
Time Rank::backward_time(int) const { return Time::zero(); }
Time Rank::all_reduce_time(Bytes) const { return Time::zero(); }

sim::Task<> Rank::all_reduce_16(std::string_view, kernels::Strided<const float>, float*, std::int64_t) {
  throw InternalError("a rank that knows no numbers of 16 bits");
}

}  // namespace syncline::models
