// Two families of errors: the user's input (UserError) and our own bugs (InternalError).
#pragma once

#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace syncline {

/// A place in the user's input. What is unknown is left empty, or 0.
struct Location {
  std::string file;
  int line = 0;
  std::string key;
};

/// Input that cannot be used. what() is one line: "FILE:LINE: KEY: message", without the unknown parts, control characters
/// escaped.
class UserError : public std::runtime_error {
 public:
  explicit UserError(const std::string& message) : UserError(Location{}, message) {}
  UserError(Location location, const std::string& message);
  const Location& location() const { return location_; }
  const std::string& message() const { return message_; }

 private:
  Location location_;
  std::string message_;
};

/// A promise of the program's own that does not hold.
class InternalError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

/// The known name that `given` was probably meant to be, or "" where none is near.
std::string nearest_name(std::string_view given, std::span<const std::string> known);

/// The end of an error about an unknown name: "; did you mean 'x'?", or "; known: a, b, c" where none is near.
std::string suggestion(std::string_view given, std::span<const std::string> known);

namespace detail {
[[noreturn]] void fail_check(const char* file, int line, const std::string& message);
}

}  // namespace syncline

/// Always on. Throws InternalError where `condition` does not hold.
#define SYNCLINE_CHECK(condition, message)                                         \
  do {                                                                             \
    if (!(condition)) ::syncline::detail::fail_check(__FILE__, __LINE__, message); \
  } while (false)
