// Dispatch for the operations that have a CUDA implementation too.
#pragma once

#include "kernels/device.h"

/// The function where CUDA is compiled, else none: it is then never asked for, since no CUDA device can be opened.
#if SYNCLINE_HAS_CUDA
#define SYNCLINE_IF_CUDA(function) (function)
#else
#define SYNCLINE_IF_CUDA(function) (decltype(&(function)){nullptr})
#endif

namespace syncline::kernels {

/// Calls the implementation of the device's backend.
template <class Function, class... Arguments>
void dispatch_with_cuda(const Device& device, Function* reference, Function* cpu, Function* cuda, const Arguments&... arguments) {
  if (device.backend() == Backend::cuda && cuda != nullptr) {
    cuda(device, arguments...);
  } else {
    dispatch(device, reference, cpu, arguments...);
  }
}

}  // namespace syncline::kernels
