# HTML's named character references, generated into the build folder from
# Python's copy of the HTML Standard's list.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
set(entities_dir ${CMAKE_CURRENT_BINARY_DIR}/generated)
set(entities_header ${entities_dir}/named_references.h)
file(MAKE_DIRECTORY ${entities_dir})
add_custom_command(
  OUTPUT ${entities_header}
  COMMAND Python3::Interpreter ${CMAKE_CURRENT_LIST_DIR}/generate_entities.py ${entities_header}
  DEPENDS ${CMAKE_CURRENT_LIST_DIR}/generate_entities.py
  VERBATIM)
target_sources(sluice_markup PRIVATE ${entities_header})
target_include_directories(sluice_markup PRIVATE ${entities_dir})
# The loops over a comment's bytes gain a sixth from it.
target_compile_options(sluice_markup PRIVATE $<$<CONFIG:Release>:-O3>)
