// A small measured scenario. Lines are counted on by tests of bad input.
#pragma once

#include <string>

namespace syncline::tools {

inline const std::string kNetworkKeys = "topology = \"star\"\nbandwidth = \"8 Gbit/s\"\nlatency = \"10 us\"\n";
inline const std::string kNetworkFile = kNetworkKeys;

inline const std::string kTraining = "[training]\ntrain = false\nmodel = \"lenet\"\nworkers = 4\nbatch = 8\n";

inline const std::string kMethods =
    "[[method]]\nname = \"s-sgd\"\nlabel = \"WFBP\"\n[[method]]\nname = \"s-sgd\"\nlabel = \"BSP\"\nschedule = \"bsp\"\n";

/// With `networks`, a line or more, that have one network named n.
inline std::string measured_on(const std::string& networks) {
  return "title = \"a small cluster\"\n" + networks + kTraining +
         "[[collective]]\nsubset = \"sizes\"\nnetwork = \"n\"\nworkers = 4\npoints = [\n  [1000, \"0.2 ms\"],\n"
         "  [1000000, \"2.2 ms\"],\n  [100000000, \"180 ms\", \"175 ms\", \"185 ms\"],\n]\n" +
         kMethods +
         "[[iteration]]\nsubset = \"methods\"\nnetwork = \"n\"\nmethod = \"WFBP\"\npoints = [[4, \"1 ms\", \"0.1 ms\"]]\n"
         "[[iteration]]\nsubset = \"methods\"\nnetwork = \"n\"\nmethod = \"BSP\"\npoints = [[4, \"100 samples/s\"]]\n";
}

inline const std::string kMeasured = measured_on("[[network]]\nname = \"n\"\n" + kNetworkKeys + "\n");

/// The same setting, without what was measured.
inline const std::string kTimedScenario = "[[network]]\nname = \"n\"\n" + kNetworkKeys + kTraining + kMethods;

}  // namespace syncline::tools
