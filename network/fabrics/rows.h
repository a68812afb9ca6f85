// Every row, each defined in the file of its fabric; table.cc lists them.
#pragma once

#include "network/fabrics/fabric.h"

namespace syncline::network {

extern const FabricRow kStar;
extern const FabricRow kRacks;
extern const FabricRow kFatTree;
extern const FabricRow kThreeLevelFatTree;
extern const FabricRow kRails;
extern const FabricRow kTorus;
extern const FabricRow kDragonfly;
extern const FabricRow kTwoSites;

}  // namespace syncline::network
