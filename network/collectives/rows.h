// Every row, each defined in the file of its algorithm; table.cc lists them.
#pragma once

#include "network/collectives/schedule.h"

namespace syncline::network {

extern const CollectiveRow kRingAllReduce;
extern const CollectiveRow kHierarchicalAllReduce;
extern const CollectiveRow kParameterServer;
extern const CollectiveRow kRingAllGather;
extern const CollectiveRow kRingReduceScatter;
extern const CollectiveRow kBroadcast;

}  // namespace syncline::network
