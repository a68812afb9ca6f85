# What a build may choose. Every target gets these through the interface target syncline_options.
option(SYNCLINE_TESTS "Build the tests" ON)
option(SYNCLINE_NATIVE "Use every instruction of this machine's processor (-march=native)" ON)
option(SYNCLINE_WERROR "Warnings are errors" OFF)
option(SYNCLINE_CUDA "Compile the CUDA backend where a toolkit is found" ON)
set(SYNCLINE_SANITIZE "" CACHE STRING "Sanitizers, e.g. address,undefined")

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

add_library(syncline_options INTERFACE)
target_include_directories(syncline_options INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
                                                      $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/syncline>)
target_compile_features(syncline_options INTERFACE cxx_std_20)

add_library(syncline_warnings INTERFACE)
target_compile_options(syncline_warnings INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion>
  $<$<AND:$<BOOL:${SYNCLINE_WERROR}>,$<COMPILE_LANGUAGE:CXX>>:-Werror>)

if(SYNCLINE_NATIVE)
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-march=native>)
endif()
if(SYNCLINE_SANITIZE)
  add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fsanitize=${SYNCLINE_SANITIZE}>
                      $<$<COMPILE_LANGUAGE:CXX>:-fno-omit-frame-pointer>
                      $<$<COMPILE_LANGUAGE:CXX>:-fno-sanitize-recover=all>)
  add_link_options(-fsanitize=${SYNCLINE_SANITIZE})
endif()
