# The only place that knows where Debian puts LLVM and MLIR 19.

find_package(LLVM 19.1 REQUIRED CONFIG HINTS /usr/lib/llvm-19/lib/cmake/llvm)
find_package(MLIR 19.1 REQUIRED CONFIG HINTS /usr/lib/llvm-19/lib/cmake/mlir)

list(APPEND CMAKE_MODULE_PATH "${MLIR_CMAKE_DIR}" "${LLVM_CMAKE_DIR}")
include(TableGen)
include(AddLLVM)
include(AddMLIR)

include_directories(SYSTEM ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
separate_arguments(SMELT_LLVM_DEFINITIONS NATIVE_COMMAND "${LLVM_DEFINITIONS}")
add_definitions(${SMELT_LLVM_DEFINITIONS})

set(SMELT_LLVM_BINARY_DIR "${LLVM_TOOLS_BINARY_DIR}")
set(SMELT_LIT "${LLVM_BUILD_MAIN_SRC_DIR}/utils/lit/lit.py")
if(NOT EXISTS "${SMELT_LIT}")
  set(SMELT_LIT "/usr/lib/llvm-19/build/utils/lit/lit.py")
endif()
set(SMELT_LIT "${SMELT_LIT}" CACHE INTERNAL "lit, for utils/run-tests.py")
set(CMAKE_BUILD_RPATH "${LLVM_LIBRARY_DIR}")
set(CMAKE_INSTALL_RPATH "${LLVM_LIBRARY_DIR}" "$ORIGIN/../lib")
