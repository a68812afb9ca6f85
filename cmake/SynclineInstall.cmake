# cmake --install: the program, the libraries with their headers, the shipped scenarios, and the package that
# find_package(syncline) finds. An installed SYNCLINE_NATIVE build runs only on processors like the building one;
# configure with -DSYNCLINE_NATIVE=OFF for a package that travels.
include(CMakePackageConfigHelpers)

set(folders sim network kernels models scenarios)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/syncline)

list(TRANSFORM folders PREPEND syncline_ OUTPUT_VARIABLE libraries)
install(TARGETS syncline_options ${libraries} EXPORT syncline)
install(EXPORT syncline NAMESPACE syncline:: FILE syncline-targets.cmake DESTINATION ${package_folder})
install(TARGETS syncline)
install(DIRECTORY ${folders} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/syncline FILES_MATCHING PATTERN "*.h")
install(DIRECTORY scenarios/ DESTINATION ${CMAKE_INSTALL_DATADIR}/syncline FILES_MATCHING PATTERN "*.toml" PATTERN "*.xml")
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

configure_package_config_file(cmake/syncline-config.cmake.in ${PROJECT_BINARY_DIR}/syncline-config.cmake
                              INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/syncline-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/syncline-config.cmake ${PROJECT_BINARY_DIR}/syncline-config-version.cmake
        DESTINATION ${package_folder})
