#include "tools/scatter_plot.h"

#include <gtest/gtest.h>

#include <string>

#include "sim/error.h"

namespace syncline::tools {
namespace {

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

// 480 pixels for three decades, 1 ms to 1 s: 10 ms measured is at a third, 100 ms predicted at two thirds.
TEST(ScatterPlot, PutsPointsWhereTheyBelong) {
  const std::string svg =
      scatter_svg({{1e-3, 1e-3, "a", false, ""}, {1e-2, 1e-1, "b", true, "x < y"}, {1, 0.9, "a", false, ""}}, "A & B", "fitted");
  EXPECT_NE(svg.find("cx=\"84.0\" cy=\"524.0\""), std::string::npos) << svg;
  EXPECT_NE(svg.find("cx=\"244.0\" cy=\"204.0\""), std::string::npos) << svg;
  EXPECT_EQ(count(svg, "<circle"), 3u + 2u + 1u);  // points, groups, and what hollow ones mean
  EXPECT_EQ(count(svg, "class=\"grid\""), 4u);
  EXPECT_NE(svg.find("A &amp; B"), std::string::npos);
  EXPECT_NE(svg.find("<title>x &lt; y</title>"), std::string::npos);
  EXPECT_NE(svg.find("prefers-color-scheme:dark"), std::string::npos);
  EXPECT_EQ(count(svg, "<"), count(svg, ">"));
}

TEST(ScatterPlot, HasADecadeAtLeastAndTimesAboveZero) {
  EXPECT_EQ(count(scatter_svg({{0.02, 0.03, "a", false, ""}}, "", ""), "class=\"grid\""), 2u);
  EXPECT_THROW(scatter_svg({}, "", ""), InternalError);
  EXPECT_THROW(scatter_svg({{0, 1, "a", false, ""}}, "", ""), InternalError);
}

}  // namespace
}  // namespace syncline::tools
