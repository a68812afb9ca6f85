// Roots and servers to try an algorithm with.
#pragma once

#include <algorithm>
#include <vector>

#include "network/collectives/schedule.h"

namespace syncline::network {

/// All roots of few ranks, some of many; servers as the row has them by itself, then from one to as many as it may have. Just one
/// where the row has no role.
inline std::vector<Roles> roles_to_try(const CollectiveRow& row, int ranks) {
  std::vector<Roles> result = {{}};
  const auto add = [&](Roles roles) {
    if (std::ranges::find(result, roles) == result.end()) result.push_back(roles);
  };
  if (row.role == Role::root) {
    for (int root = 1; root < ranks; ++root) {
      if (ranks <= 5 || root == 1 || root == ranks / 2 || root >= ranks - 2) add({root, 0});
    }
  }
  if (row.role == Role::servers) {
    const int most = row.operation == Operation::push_pull ? ranks - 1 : ranks;
    for (const int servers : {1, 2, 3, ranks / 2, most}) {
      if (servers >= 1 && servers <= most) add({0, servers});
    }
  }
  return result;
}

}  // namespace syncline::network
