# The CUDA backend is compiled where a toolkit is found that knows C++20 (12 or later), has cuBLAS, and gets on with
# the C++ compiler.
# Sets SYNCLINE_HAS_CUDA, and then there are the language CUDA and the targets CUDA::*. Without it, the *.cu are left out
# and all else works.
# Emulated, they are compiled as C++ with a cuda_runtime.h of our own: see tests/emulated_cuda/README.md.
set(SYNCLINE_HAS_CUDA OFF)
set(SYNCLINE_CUDA_EMULATED OFF)
if(NOT SYNCLINE_CUDA)
  return()
endif()
if(SYNCLINE_CUDA STREQUAL "EMULATED")
  message(STATUS "CUDA is emulated: for tests, not for use")
  set(SYNCLINE_HAS_CUDA ON)
  set(SYNCLINE_CUDA_EMULATED ON)
  add_library(syncline_emulated_cuda INTERFACE)
  target_include_directories(syncline_emulated_cuda INTERFACE ${PROJECT_SOURCE_DIR}/tests/emulated_cuda/include)
  target_compile_options(syncline_emulated_cuda INTERFACE -Wno-unknown-pragmas)   # of nvcc, how to unroll
  return()
endif()

find_package(CUDAToolkit 12 QUIET)
if(CUDAToolkit_FOUND AND TARGET CUDA::cublas)
  if(NOT DEFINED ENV{CUDACXX})
    set(ENV{CUDACXX} ${CUDAToolkit_NVCC_EXECUTABLE})   # it need not be on the PATH
  endif()
  if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
    set(CMAKE_CUDA_ARCHITECTURES 75-real 80-real 90)   # Turing, Ampere, Hopper; and PTX for what comes after
    if(CUDAToolkit_VERSION VERSION_LESS 13)
      list(PREPEND CMAKE_CUDA_ARCHITECTURES 70-real)   # Volta, which CUDA 13 has dropped
    endif()
  endif()
  include(CheckLanguage)
  check_language(CUDA)
endif()
if(NOT CMAKE_CUDA_COMPILER)
  message(STATUS "No CUDA toolkit that works here: the CUDA backend is left out")
  return()
endif()

enable_language(CUDA)
if(NOT DEFINED CMAKE_CUDA20_STANDARD_COMPILE_OPTION)   # Debian 12's CMake doesn't know that nvcc can
  set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION -std=c++20)
  set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION -std=c++20)
endif()
set(CMAKE_CUDA_STANDARD 20)
set(CMAKE_CUDA_STANDARD_REQUIRED ON)
set(SYNCLINE_HAS_CUDA ON)
