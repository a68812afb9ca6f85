// Takes the place of the CUDA toolkit's header where SYNCLINE_CUDA=EMULATED: the *.cu files are then C++ like any other, and
// what they launch runs on the processor, one thread after another. See tests/emulated_cuda/README.md.
#pragma once

#define SYNCLINE_EMULATED_CUDA 1

#include "tests/emulated_cuda/atomics.h"
#include "tests/emulated_cuda/device_math.h"
#include "tests/emulated_cuda/emulator.h"
#include "tests/emulated_cuda/language.h"
#include "tests/emulated_cuda/runtime_api.h"
#include "tests/emulated_cuda/warp_operations.h"
