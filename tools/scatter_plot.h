// Predicted against measured as an SVG picture: both axes logarithmic, a point for each case, the diagonal where both agree.
#pragma once

#include <string>
#include <vector>

namespace syncline::tools {

struct ScatterPoint {
  double measured = 0, predicted = 0;  // seconds, above zero
  std::string group;                   // points of one group have one colour
  bool hollow = false;
  std::string label;  // shown where the pointer rests on it
};

/// Readable on light and dark ground. `hollow_means`: what the legend says of hollow points. InternalError without points.
std::string scatter_svg(const std::vector<ScatterPoint>& points, const std::string& title, const std::string& hollow_means);

}  // namespace syncline::tools
