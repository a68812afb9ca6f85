# What a build may choose. Every target gets these through the interface targets below.
option(SYNCLINE_TESTS "Build the tests" ON)
option(SYNCLINE_NATIVE "Use every instruction of this machine's processor. OFF: run on any x86-64-v3 (2013) processor" ON)
option(SYNCLINE_WERROR "Warnings are errors" OFF)
set(SYNCLINE_CUDA ON CACHE STRING "The CUDA backend. ON: where a toolkit is found; OFF: never; EMULATED: on the processor, for tests")
set_property(CACHE SYNCLINE_CUDA PROPERTY STRINGS ON OFF EMULATED)
set(SYNCLINE_SANITIZE "" CACHE STRING "Sanitizers, e.g. address,undefined")

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

# ccache, where somebody has it.
find_program(SYNCLINE_CCACHE ccache)
mark_as_advanced(SYNCLINE_CCACHE)
if(SYNCLINE_CCACHE AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${SYNCLINE_CCACHE})
endif()

add_library(syncline_options INTERFACE)
set_target_properties(syncline_options PROPERTIES EXPORT_NAME options)
target_include_directories(syncline_options INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
                                                      $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/syncline>)
target_compile_features(syncline_options INTERFACE cxx_std_20)

# -Wrestrict of GCC 12 cries wolf over std::string's operator+ (GCC bug 105651).
add_library(syncline_warnings INTERFACE)
target_compile_options(syncline_warnings INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
    $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>>
  $<$<AND:$<BOOL:${SYNCLINE_WERROR}>,$<COMPILE_LANGUAGE:CXX>>:-Werror>
  $<$<AND:$<BOOL:${SYNCLINE_WERROR}>,$<COMPILE_LANGUAGE:CUDA>>:-Werror=all-warnings>)

# A compiler's own choice of what to fuse into one rounding would make results depend on it: sources say where they want FMA.
add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-ffp-contract=off>)
if(SYNCLINE_NATIVE)
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-march=native>)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-march=x86-64-v3>)   # AVX2 and FMA, which the kernels count on
endif()
if(SYNCLINE_SANITIZE)
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fsanitize=${SYNCLINE_SANITIZE}>
                      $<$<COMPILE_LANGUAGE:CXX>:-fno-omit-frame-pointer>
                      $<$<COMPILE_LANGUAGE:CXX>:-fno-sanitize-recover=all>
                      # GCC 12 cries wolf over std::function in an instrumented <regex> (GCC bug 105562).
                      $<$<AND:$<COMPILE_LANGUAGE:CXX>,$<CXX_COMPILER_ID:GNU>>:-Wno-maybe-uninitialized>)
  add_link_options(-fsanitize=${SYNCLINE_SANITIZE})
endif()
