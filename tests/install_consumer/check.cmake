# Installs a build into a scratch prefix, then configures, builds and runs a consumer against it alone, and runs the
# installed program. -D BUILD_FOLDER=... -D SCRATCH=...
function(must)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(result)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "failed (${result}): ${command}\n${output}")
  endif()
endfunction()

file(REMOVE_RECURSE ${SCRATCH})
set(prefix ${SCRATCH}/prefix)
must(${CMAKE_COMMAND} --install ${BUILD_FOLDER} --prefix ${prefix})
must(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR} -B ${SCRATCH}/build -G Ninja -D CMAKE_BUILD_TYPE=Release
     -D CMAKE_PREFIX_PATH=${prefix})
must(${CMAKE_COMMAND} --build ${SCRATCH}/build)
must(${SCRATCH}/build/consumer ${CMAKE_CURRENT_LIST_DIR}/tiny.toml)

must(${prefix}/bin/syncline --version)
must(${prefix}/bin/syncline check ${prefix}/share/syncline/quickstart.toml)
