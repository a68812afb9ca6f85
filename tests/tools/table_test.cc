#include "tools/table.h"

#include <gtest/gtest.h>

namespace syncline::tools {
namespace {

TEST(Table, AlignsNumbersRightAndMarksARow) {
  const Table table{{"method", "time"}, {{"a", "1 ms"}, {"béta", "10 ms"}}, 1};
  EXPECT_EQ(table.text(),
            "┌────────┬───────┐\n"
            "│ method │  time │\n"
            "├────────┼───────┤\n"
            "│ a      │  1 ms │\n"
            "▶ béta   │ 10 ms │ ◀\n"
            "└────────┴───────┘\n");
}

TEST(Table, WidthCountsCharactersNotBytes) {
  EXPECT_EQ(display_width(""), 0u);
  EXPECT_EQ(display_width("1.50×"), 5u);
  EXPECT_EQ(display_width("bound ≥"), 7u);
}

}  // namespace
}  // namespace syncline::tools
