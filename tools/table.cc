#include "tools/table.h"

#include <algorithm>

namespace syncline::tools {
namespace {

std::string rule(const std::vector<std::size_t>& widths, const char* left, const char* cross, const char* right) {
  std::string line = left;
  for (std::size_t column = 0; column < widths.size(); ++column) {
    if (column > 0) line += cross;
    for (std::size_t i = 0; i < widths[column] + 2; ++i) line += "─";
  }
  return line + right + "\n";
}

}  // namespace

std::size_t display_width(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0u) != 0x80u; }));
}

std::string Table::text() const {
  std::vector<std::size_t> widths;
  for (std::size_t column = 0; column < head.size(); ++column) {
    std::size_t width = display_width(head[column]);
    for (const auto& row : rows) width = std::max(width, display_width(row[column]));
    widths.push_back(width);
  }
  const auto line = [&](const std::vector<std::string>& cells, bool mark) {
    std::string result = mark ? "▶" : "│";
    for (std::size_t column = 0; column < cells.size(); ++column) {
      const std::string space(widths[column] - display_width(cells[column]), ' ');
      result += " " + (column < left ? cells[column] + space : space + cells[column]) + " │";
    }
    return result + (mark ? " ◀\n" : "\n");
  };
  std::string result = rule(widths, "┌", "┬", "┐") + line(head, false) + rule(widths, "├", "┼", "┤");
  for (std::size_t row = 0; row < rows.size(); ++row) result += line(rows[row], static_cast<int>(row) == marked);
  return result + rule(widths, "└", "┴", "┘");
}

}  // namespace syncline::tools
