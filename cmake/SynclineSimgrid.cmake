# SimGrid (Debian: libsimgrid-dev), another simulator that tests and benchmarks compare with. Where it is found there is the target
# syncline_simgrid; nothing that is installed uses it.
find_path(SIMGRID_INCLUDE_DIR simgrid/s4u.hpp)
find_library(SIMGRID_LIBRARY simgrid)
mark_as_advanced(SIMGRID_INCLUDE_DIR SIMGRID_LIBRARY)
if(SIMGRID_INCLUDE_DIR AND SIMGRID_LIBRARY)
  add_library(syncline_simgrid INTERFACE)
  target_include_directories(syncline_simgrid SYSTEM INTERFACE ${SIMGRID_INCLUDE_DIR})
  target_link_libraries(syncline_simgrid INTERFACE ${SIMGRID_LIBRARY})
else()
  message(STATUS "No SimGrid: the comparison with it is left out")
endif()
