#include "tools/scatter_plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "sim/error.h"
#include "tools/quantities.h"

namespace syncline::tools {
namespace {

// Pixels.
constexpr double kSide = 480, kLeft = 84, kTop = 44, kBottom = 56, kLegend = 230, kLine = 18, kRadius = 4;

// Okabe and Ito, Color universal design, 2008: told apart with any colour vision; black and yellow, which one of the two grounds
// would hide, are left out.
constexpr std::array<const char*, 6> kColours = {"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00"};

std::string escaped(const std::string& text) {
  std::string result;
  for (const char letter : text) {
    if (letter == '&') {
      result += "&amp;";
    } else if (letter == '<') {
      result += "&lt;";
    } else if (letter == '>') {
      result += "&gt;";
    } else if (letter == '"') {
      result += "&quot;";
    } else {
      result += letter;
    }
  }
  return result;
}

/// Both axes: whole decades.
struct Scale {
  explicit Scale(const std::vector<ScatterPoint>& points) {
    double low = points.front().measured, high = low;
    for (const ScatterPoint& point : points) {
      SYNCLINE_CHECK(point.measured > 0 && point.predicted > 0, "a time above zero");
      low = std::min({low, point.measured, point.predicted});
      high = std::max({high, point.measured, point.predicted});
    }
    first = static_cast<int>(std::floor(std::log10(low)));
    last = std::max(first + 1, static_cast<int>(std::ceil(std::log10(high))));
  }
  double along(double seconds) const { return kSide * (std::log10(seconds) - first) / (last - first); }
  double x(double seconds) const { return kLeft + along(seconds); }
  double y(double seconds) const { return kTop + kSide - along(seconds); }
  int first = 0, last = 1;  // powers of ten of a second
};

std::string axes(const Scale& scale) {
  std::string svg;
  for (int power = scale.first; power <= scale.last; ++power) {
    const double at = std::pow(10.0, power);
    svg += fmt::format("<path class=\"grid\" d=\"M{0:.1f} {1:.1f}V{2:.1f}M{3:.1f} {4:.1f}H{5:.1f}\"/>\n", scale.x(at), kTop,
                       kTop + kSide, kLeft, scale.y(at), kLeft + kSide);
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n", scale.x(at), kTop + kSide + 20,
                       seconds_text(at));
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n", kLeft - 8, scale.y(at) + 4,
                       seconds_text(at));
  }
  svg += fmt::format("<path class=\"diagonal\" d=\"M{:.1f} {:.1f}L{:.1f} {:.1f}\"/>\n", kLeft, kTop + kSide, kLeft + kSide, kTop);
  svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">measured</text>\n", kLeft + kSide / 2,
                     kTop + kSide + 44);
  svg += fmt::format("<text transform=\"translate(18 {:.1f}) rotate(-90)\" text-anchor=\"middle\">predicted</text>\n",
                     kTop + kSide / 2);
  return svg;
}

std::string mark(double x, double y, const char* colour, bool hollow, const std::string& label) {
  return fmt::format(
      "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\" stroke=\"{}\" stroke-width=\"1.5\" fill=\"{}\" fill-opacity=\"0.75\">{}"
      "</circle>\n",
      x, y, kRadius, colour, hollow ? "none" : colour, label.empty() ? "" : "<title>" + escaped(label) + "</title>");
}

}  // namespace

std::string scatter_svg(const std::vector<ScatterPoint>& points, const std::string& title, const std::string& hollow_means) {
  SYNCLINE_CHECK(!points.empty(), "a picture of nothing");
  const Scale scale(points);
  std::vector<std::string> groups;
  for (const ScatterPoint& point : points) {
    if (std::ranges::find(groups, point.group) == groups.end()) groups.push_back(point.group);
  }
  const double width = kLeft + kSide + kLegend;
  const double height = std::max(kTop + kSide + kBottom, kTop + kLine * static_cast<double>(groups.size() + 2));
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:.0f}\" height=\"{1:.0f}\" viewBox=\"0 0 {0:.0f} {1:.0f}\">\n"
      "<style>text{{font:13px sans-serif;fill:#1f2328}}.ground{{fill:#fff}}.grid{{stroke:#8888;stroke-width:.6}}"
      ".diagonal{{stroke:#888;stroke-width:1.5;stroke-dasharray:5 4}}"
      "@media(prefers-color-scheme:dark){{text{{fill:#e6edf3}}.ground{{fill:#0d1117}}}}</style>\n"
      "<rect class=\"ground\" width=\"100%\" height=\"100%\"/>\n<text x=\"{2:.1f}\" y=\"24\">{3}</text>\n",
      width, height, kLeft, escaped(title));
  svg += axes(scale);
  const auto colour_of = [&](const std::string& group) {
    const auto place = static_cast<std::size_t>(std::ranges::find(groups, group) - groups.begin());
    return kColours.at(place % kColours.size());
  };
  for (const ScatterPoint& point : points) {
    svg += mark(scale.x(point.measured), scale.y(point.predicted), colour_of(point.group), point.hollow, point.label);
  }
  double y = kTop + kLine;
  const auto legend = [&](const char* colour, bool hollow, const std::string& text) {
    svg += mark(kLeft + kSide + 20, y, colour, hollow, "");
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n", kLeft + kSide + 32, y + 4, escaped(text));
    y += kLine;
  };
  for (const std::string& group : groups) legend(colour_of(group), false, group);
  if (std::ranges::any_of(points, &ScatterPoint::hollow)) legend("#888888", true, hollow_means);
  return svg + "</svg>\n";
}

}  // namespace syncline::tools
