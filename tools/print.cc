#include "tools/print.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

#include "sim/error.h"

namespace syncline::tools {
namespace {

[[noreturn]] void fail() { throw UserError(std::string("standard output cannot be written: ") + std::strerror(errno)); }

}  // namespace

void write_out(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) fail();
}

void flush_out() {
  if (std::fflush(stdout) != 0) fail();
}

}  // namespace syncline::tools
