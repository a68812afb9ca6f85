// Which of an operation's three versions runs: the one of the device's backend.
#pragma once

#include "kernels/device.h"

/// The function where CUDA is compiled, else none: it is then never asked for, since no CUDA device can be opened.
#if SYNCLINE_HAS_CUDA
#define SYNCLINE_IF_CUDA(function) (function)
#else
#define SYNCLINE_IF_CUDA(function) (decltype(&(function)){nullptr})
#endif

namespace syncline::kernels {

template <class Function, class... Arguments>
void dispatch(const Device& device, Function* reference, Function* cpu, Function* cuda, const Arguments&... arguments) {
  Function* const version = device.backend() == Backend::reference ? reference : device.backend() == Backend::cpu ? cpu : cuda;
  version(device, arguments...);
}

}  // namespace syncline::kernels
