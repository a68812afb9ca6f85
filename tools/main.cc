// The program: everything is caught here, once, and turned into a line and an exit code.
#include <cstdio>
#include <exception>
#include <new>
#include <string>
#include <vector>

#include "sim/error.h"
#include "tools/command.h"
#include "tools/print.h"

namespace {

int complain(const char* prefix, const char* message, int code) {
  std::fprintf(stderr, "syncline: %s%s\n", prefix, message);
  return code;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    syncline::tools::run_program(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
    syncline::tools::flush_out();
    return 0;
  } catch (const syncline::UserError& error) {
    return complain("", error.what(), 2);
  } catch (const std::bad_alloc&) {
    return complain("", "the memory of this machine is too small for what was asked", 2);
  } catch (const std::exception& error) {
    return complain("internal error: ", error.what(), 1);
  }
}
