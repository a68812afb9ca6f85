// Columns of text, drawn with lines.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace syncline::tools {

struct Table {
  std::vector<std::string> head;               // [column]
  std::vector<std::vector<std::string>> rows;  // [row][column]
  int marked = -1;                             // a row that stands out
  std::size_t left = 1;                        // columns that are aligned left; the others are numbers

  std::string text() const;
};

/// How many columns of a terminal a UTF-8 text takes: its characters, none of which are wide or combining.
std::size_t display_width(const std::string& text);

}  // namespace syncline::tools
