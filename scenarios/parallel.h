// Independent pieces of work on all cores.
#pragma once

#include <cstddef>
#include <functional>

namespace syncline::scenarios {

/// Calls work(i) for each i in [0, count), many at once and in no order. If any throw, all are still called, and then what the first
/// of them threw, by number, is thrown.
void for_each_parallel(std::size_t count, const std::function<void(std::size_t)>& work);

}  // namespace syncline::scenarios
