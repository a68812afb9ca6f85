// A timeline: how long a method's steps take on a network, and where the time goes. A virtual clock, no data.
#pragma once

#include <string>
#include <vector>

#include "models/device_profile.h"
#include "models/dnn/dnn.h"
#include "models/training/method.h"
#include "models/training/simulated_rank.h"
#include "network/builders.h"
#include "network/changing_links.h"
#include "network/communicator.h"
#include "sim/trace.h"
#include "sim/units.h"

namespace syncline::models {

struct NetworkProfile {
  std::string name, title;
  network::Cluster cluster;
  std::vector<double> speed;  // per worker, 1 = the device profile's own; empty: all 1
  network::CommunicationStack stack;
  Algorithms algorithms;
  network::ChangingLinks changes;     // empty: links stay as they are
  std::int64_t measured_steps = 100;  // where they don't: over how many steps a timeline is averaged
  Location where;
};

/// Where a worker's time goes in one step; mean over workers. The parts add up to the step.
struct Breakdown {
  double forward = 0, backward = 0, compression = 0, update = 0;  // seconds of the compute stream
  double exposed = 0;  // the compute stream waits while this worker's own communication works
  double idle = 0;     // it waits, and nothing of this worker moves: others are late, or a link elsewhere is slow
  double slowed = 0;   // of the first four: by how much communication beside them made them longer
  double compute() const { return forward + backward + compression + update; }
  double total() const { return compute() + exposed + idle; }
};

struct Timeline {
  double iteration = 0;  // seconds per step, mean over `steps`
  Breakdown breakdown;
  double bound = 0;               // seconds: no step can be shorter. The greatest of: a worker's compute; its own launches and
                                  // messages, latency and bytes over bandwidth; a link's time for the bytes of all
  double wire_bytes = 0;          // sent by a worker per step, on the wire; mean over workers
  std::int64_t steps = 0;         // measured
  std::int64_t link_changes = 0;  // in all steps played, each way of a cable counted
};

struct TimelineSetup {
  const Dnn* dnn = nullptr;
  int batch = 1;
  const DeviceProfile* device = nullptr;
  std::int64_t first_step = 0;          // from which the program is played (methods may change over time)
  sim::TraceSink* sink = nullptr;       // is given every span of the steps played
  const ComputeTimes* times = nullptr;  // of the layers at this batch; null: by the device's roofline
  bool flow_by_flow = false;            // even where the play can be collapsed, which gives the same times
};

/// Plays the method on the network until a period takes as long as the one before, and the same on all workers; or for 24
/// periods, whose second half is then averaged. The trace has the first two. Throws InternalError if the answer beats its
/// physical bound.
///
/// Where links change no step is like another. Then `measured_steps` are played, rounded up to whole periods, and averaged, after
/// one period that is not; the trace has them all. Time zero of the changes is the begin of the first of these steps, whatever
/// `first_step` is. Of a method whose batch grows, one period is measured. `bound` is that of the best that the links may ever
/// be.
Timeline play(const TimelineSetup& setup, const Method& method, const NetworkProfile& network);

}  // namespace syncline::models
