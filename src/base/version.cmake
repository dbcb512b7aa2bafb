# Included by CMakeLists.txt: defines the target zabra_version, whose one source is generated from version.cc.in.
# Run at build time (cmake -P): writes that source, but only when the commit is another than the one in it, so that a
# build with nothing new compiles and links nothing. SOURCE_DATE_EPOCH, where set, is the date.
if(NOT CMAKE_SCRIPT_MODE_FILE)
  set(generated ${CMAKE_CURRENT_BINARY_DIR}/version.cc)
  add_custom_target(zabra_version_source
    COMMAND ${CMAKE_COMMAND} -D ZABRA_VERSION=${PROJECT_VERSION} -D SOURCE=${CMAKE_CURRENT_LIST_DIR}
            -D GENERATED=${generated} -P ${CMAKE_CURRENT_LIST_FILE}
    BYPRODUCTS ${generated}
    COMMENT "")
  add_library(zabra_version STATIC ${generated})
  add_dependencies(zabra_version zabra_version_source)
  target_link_libraries(zabra_version PUBLIC zabra_options)
  return()
endif()

execute_process(COMMAND git -C ${SOURCE} rev-parse --short=10 HEAD
                OUTPUT_VARIABLE ZABRA_COMMIT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
if(failed)
  set(ZABRA_COMMIT unknown)
endif()

# What the build depends on stands in the first line; the date alone is no reason to write.
set(stamp "// ${ZABRA_VERSION} ${ZABRA_COMMIT}")
file(SHA256 ${SOURCE}/version.cc.in template)
string(APPEND stamp " ${template}")
if(EXISTS ${GENERATED})
  file(STRINGS ${GENERATED} first_line LIMIT_COUNT 1)
  if(first_line STREQUAL stamp)
    return()
  endif()
endif()

string(TIMESTAMP ZABRA_BUILD_DATE "%Y-%m-%d %H:%M" UTC)
file(READ ${SOURCE}/version.cc.in text)
string(CONFIGURE "${text}" text @ONLY)
file(WRITE ${GENERATED} "${stamp}\n${text}")
