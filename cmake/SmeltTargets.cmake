# Helpers that declare Smelt's libraries and tools.
#
# Every library is an OBJECT library. All of them are linked once into
# libSmelt, which every tool and unit test links together with the shared
# libMLIR and libLLVM; nothing else links MLIR.

set(SMELT_COMPILE_OPTIONS -Wall -Wextra -Wno-unused-parameter -fno-exceptions)
if(SMELT_SANITIZE)
  list(APPEND SMELT_COMPILE_OPTIONS
       -fsanitize=address,undefined,float-cast-overflow -fno-sanitize=vptr
       -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()

# The time of a header in the precompiled header would keep ccache from finding
# what it has after a fresh checkout.
set(SMELT_PRECOMPILE_OPTIONS
    "$<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>")

define_property(GLOBAL PROPERTY SMELT_LIBRARIES)

# smelt_add_library(NAME SOURCES... [DEPENDS TABLEGEN_TARGETS...] [EXCEPTIONS])
function(smelt_add_library name)
  cmake_parse_arguments(ARG "EXCEPTIONS" "" "DEPENDS" ${ARGN})
  add_library(${name} OBJECT ${ARG_UNPARSED_ARGUMENTS})
  target_compile_options(${name} PRIVATE ${SMELT_COMPILE_OPTIONS})
  if(ARG_EXCEPTIONS)
    target_compile_options(${name} PRIVATE -fexceptions)
  elseif(TARGET SmeltPrecompiled)
    target_compile_options(${name} PRIVATE ${SMELT_PRECOMPILE_OPTIONS})
    target_precompile_headers(${name} REUSE_FROM SmeltPrecompiled)
  endif()
  add_dependencies(${name} SmeltTableGen ${ARG_DEPENDS})
  set_property(GLOBAL APPEND PROPERTY SMELT_LIBRARIES ${name})
endfunction()

# smelt_add_runtime_library(NAME SOURCES... [ARTIFACT_ONLY SOURCES...])
#
# A library for generated programs: plain C++ that uses neither LLVM nor MLIR.
# NAME is a static library of it; its objects are a part of libSmelt, too, but
# for those that only what is made of a model needs.
# Contracting a * b + c would make results differ between machines.
function(smelt_add_runtime_library name)
  cmake_parse_arguments(ARG "" "" "ARTIFACT_ONLY" ${ARGN})
  add_library(${name}Objects OBJECT ${ARG_UNPARSED_ARGUMENTS})
  add_library(${name} STATIC $<TARGET_OBJECTS:${name}Objects>
              ${ARG_ARTIFACT_ONLY})
  foreach(target ${name}Objects ${name})
    target_compile_options(${target} PRIVATE ${SMELT_COMPILE_OPTIONS}
                           -ffp-contract=off)
  endforeach()
  set_target_properties(${name}Objects ${name} PROPERTIES
                        POSITION_INDEPENDENT_CODE ON
                        ARCHIVE_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/lib")
  set_property(GLOBAL APPEND PROPERTY SMELT_LIBRARIES ${name}Objects)
endfunction()

# smelt_add_tool(NAME SOURCES...)
function(smelt_add_tool name)
  add_executable(${name} ${ARGN})
  target_compile_options(${name} PRIVATE ${SMELT_COMPILE_OPTIONS})
  add_dependencies(${name} SmeltTableGen)
  target_link_libraries(${name} PRIVATE Smelt MLIR LLVM)
endfunction()
