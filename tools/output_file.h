// A file that appears under its name only when it is complete.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace syncline::tools {

/// Opens a temporary file beside `path` at once, so that a place that cannot be written is told before the work begins.
/// commit() gives it its name; without it, nothing is left, not even after SIGINT, SIGTERM or SIGHUP. A link is followed; what is
/// no regular file is written as it is. UserError where the file cannot be made, written or named.
class OutputFile {
 public:
  /// `option`: who asked for it, for messages.
  OutputFile(std::string option, std::string path);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void write(std::string_view text);
  void commit();

 private:
  [[noreturn]] void fail(const std::string& what) const;

  std::string option_, path_, temporary_;
  bool in_place_ = false;
  std::FILE* file_ = nullptr;
};

}  // namespace syncline::tools
