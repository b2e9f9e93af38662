# What is installed beside the programs, and the Debian package: deploy/package builds it.
include(GNUInstallDirs)
install(TARGETS sluiced RUNTIME)

set(package ${PROJECT_BINARY_DIR}/package)
# Files under /etc that dpkg leaves as people changed them.
file(GLOB_RECURSE rules RELATIVE ${PROJECT_SOURCE_DIR}/rules CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/rules/*)
list(TRANSFORM rules PREPEND "/etc/sluice/rules/")
list(JOIN rules "\n" conffiles)
file(WRITE ${package}/conffiles "/etc/sluice/sluice.yaml\n${conffiles}\n")
foreach(script postinst prerm postrm)
  configure_file(${CMAKE_CURRENT_LIST_DIR}/debian/${script} ${package}/${script} COPYONLY)
endforeach()
find_program(GZIP gzip REQUIRED)
# Reproducible: no name and no time in the compressed files.
file(WRITE ${package}/changelog.Debian "sluice (${PROJECT_VERSION}-1) stable; urgency=medium

  * What changed for users is in changelog.gz.

 -- Sluice <sluice@localhost>  Thu, 01 Jan 2026 00:00:00 +0000
")
file(RELATIVE_PATH debian_changelog ${PROJECT_SOURCE_DIR} ${package}/changelog.Debian)
foreach(pair "CHANGELOG.md changelog" "deploy/debian/sluiced.8 sluiced.8" "${debian_changelog} changelog.Debian")
  separate_arguments(pair)
  list(GET pair 0 from)
  list(GET pair 1 to)
  add_custom_command(OUTPUT ${package}/${to}.gz
    COMMAND ${GZIP} -9nc ${PROJECT_SOURCE_DIR}/${from} > ${package}/${to}.gz
    DEPENDS ${PROJECT_SOURCE_DIR}/${from} VERBATIM)
  list(APPEND compressed ${package}/${to}.gz)
endforeach()
add_custom_target(sluice_package_files ALL DEPENDS ${compressed})

# These have absolute paths and are for the package alone: `cmake --install` of a developer leaves /etc as it is.
install(DIRECTORY ${PROJECT_SOURCE_DIR}/rules/ DESTINATION /etc/sluice/rules COMPONENT debian EXCLUDE_FROM_ALL)
install(FILES ${CMAKE_CURRENT_LIST_DIR}/debian/sluice.yaml DESTINATION /etc/sluice COMPONENT debian EXCLUDE_FROM_ALL)
install(FILES ${CMAKE_CURRENT_LIST_DIR}/systemd/sluiced.service DESTINATION /lib/systemd/system COMPONENT debian
  EXCLUDE_FROM_ALL)
install(FILES ${package}/sluiced.8.gz DESTINATION share/man/man8 COMPONENT debian EXCLUDE_FROM_ALL)
install(FILES ${CMAKE_CURRENT_LIST_DIR}/debian/lintian-overrides DESTINATION share/lintian/overrides RENAME sluice
  COMPONENT debian EXCLUDE_FROM_ALL)
install(FILES ${package}/changelog.gz ${package}/changelog.Debian.gz ${CMAKE_CURRENT_LIST_DIR}/debian/copyright ${PROJECT_SOURCE_DIR}/README.md
  DESTINATION share/doc/sluice COMPONENT debian EXCLUDE_FROM_ALL)
install(FILES ${PROJECT_SOURCE_DIR}/docs/reference/config.md ${PROJECT_SOURCE_DIR}/docs/rules.md
  ${PROJECT_SOURCE_DIR}/docs/operations.md DESTINATION share/doc/sluice COMPONENT debian EXCLUDE_FROM_ALL)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/proto/ DESTINATION share/sluice/proto COMPONENT debian EXCLUDE_FROM_ALL
  FILES_MATCHING PATTERN "*.proto")

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME sluice)
set(CPACK_PACKAGE_VENDOR Sluice)
set(CPACK_PACKAGE_CONTACT "Sluice <sluice@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "gate for the comments of a blog")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"A blog's backend sends a comment over gRPC; Sluice renders its Markdown,
 keeps the HTML that is safe, checks it against rules that people edit in
 files and a classifier that learns from moderators, and answers accept, hold
 or reject with reasons a person can check. Held comments wait in a durable
 queue, which moderators review in the terminal.")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION web)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser, init-system-helpers (>= 1.50)")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${package}/conffiles ${package}/postinst ${package}/prerm ${package}/postrm)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_CMAKE_PROJECTS "${PROJECT_BINARY_DIR};sluice;Unspecified;/;${PROJECT_BINARY_DIR};sluice;debian;/")
include(CPack)
