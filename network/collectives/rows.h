// Every row, each defined in the file of its algorithm; table.cc lists them.
#pragma once

#include "network/collectives/schedule.h"

namespace syncline::network {

extern const CollectiveRow kRingAllReduce;
extern const CollectiveRow kHierarchicalAllReduce;
extern const CollectiveRow kHalvingDoublingAllReduce;
extern const CollectiveRow kDoublingAllReduce;
extern const CollectiveRow kTreeAllReduce;
extern const CollectiveRow kDoubleTreeAllReduce;
extern const CollectiveRow kMachineTreeAllReduce;
extern const CollectiveRow kDirectAllReduce;
extern const CollectiveRow kParameterServer;
extern const CollectiveRow kHierarchicalParameterServer;
extern const CollectiveRow kRingAllGather;
extern const CollectiveRow kBruckAllGather;
extern const CollectiveRow kDoublingAllGather;
extern const CollectiveRow kDirectAllGather;
extern const CollectiveRow kRingReduceScatter;
extern const CollectiveRow kBruckReduceScatter;
extern const CollectiveRow kHalvingReduceScatter;
extern const CollectiveRow kDirectReduceScatter;
extern const CollectiveRow kBroadcast;
extern const CollectiveRow kChainBroadcast;
extern const CollectiveRow kScatterAllGatherBroadcast;
extern const CollectiveRow kScatterDoublingBroadcast;
extern const CollectiveRow kSplitTreeBroadcast;
extern const CollectiveRow kReduce;
extern const CollectiveRow kChainReduce;
extern const CollectiveRow kHalvingGatherReduce;
extern const CollectiveRow kRingGatherReduce;
extern const CollectiveRow kDirectReduce;
extern const CollectiveRow kGather;
extern const CollectiveRow kDirectGather;
extern const CollectiveRow kScatter;
extern const CollectiveRow kDirectScatter;
extern const CollectiveRow kPairwiseAllToAll;
extern const CollectiveRow kDirectAllToAll;
extern const CollectiveRow kParameterServerApart;

}  // namespace syncline::network
