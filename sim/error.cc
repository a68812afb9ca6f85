#include "sim/error.h"

#include <algorithm>
#include <vector>

namespace syncline {
namespace {

/// Names and paths may hold anything; what is said of them is one line.
std::string escaped(const std::string& text) {
  std::string result;
  for (const char letter : text) {
    const auto code = static_cast<unsigned char>(letter);
    if (letter == '\n') {
      result += "\\n";
    } else if (letter == '\t') {
      result += "\\t";
    } else if (code < 0x20 || code == 0x7f) {
      constexpr std::string_view kDigits = "0123456789abcdef";
      result.append("\\x").append(1, kDigits[code / 16]).append(1, kDigits[code % 16]);
    } else {
      result += letter;
    }
  }
  return result;
}

std::string line_of(const Location& location, const std::string& message) {
  std::string text = location.file;
  if (location.line > 0) text.append(1, ':').append(std::to_string(location.line));
  if (!text.empty()) text.append(": ");
  if (!location.key.empty()) text.append(location.key).append(": ");
  return escaped(text.append(message));
}

/// Levenshtein's distance.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

UserError::UserError(Location location, const std::string& message)
    : std::runtime_error(line_of(location, message)), location_(std::move(location)), message_(message) {}

std::string nearest_name(std::string_view given, std::span<const std::string> known) {
  std::string nearest;
  std::size_t least = std::max<std::size_t>(2, given.size() / 3) + 1;  // further away than this is no likeness
  for (const std::string& name : known) {
    const std::size_t distance = edit_distance(given, name);
    if (distance < least) {
      least = distance;
      nearest = name;
    }
  }
  return nearest;
}

std::string suggestion(std::string_view given, std::span<const std::string> known) {
  const std::string nearest = nearest_name(given, known);
  if (!nearest.empty()) return "; did you mean '" + nearest + "'?";
  std::string list;
  for (const std::string& name : known) list += (list.empty() ? "" : ", ") + name;
  return list.empty() ? "" : "; known: " + list;
}

namespace detail {
void fail_check(const char* file, int line, const std::string& message) {
  throw InternalError(std::string(file) + ":" + std::to_string(line) + ": " + message);
}
}  // namespace detail

}  // namespace syncline
