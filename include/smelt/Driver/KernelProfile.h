//===- KernelProfile.h ------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_DRIVER_KERNELPROFILE_H
#define SMELT_DRIVER_KERNELPROFILE_H

#include "mlir/IR/BuiltinOps.h"
#include "smelt/Target/LLVM/JITModule.h"
#include <string>
#include <vector>

namespace smelt {

/// A call of a kernel in a compiled function, as `ternary-time-kernels`
/// describes it.
struct KernelCall {
  std::string function;
  std::string kernel;
  std::string layer;
  int64_t weightBytes = 0;
  int64_t operations = 0;
};

/// The calls of kernels of a module by their numbers; none without marks.
std::vector<KernelCall> readKernelCalls(mlir::ModuleOp module);

/// The functions of this process that code with marks calls. What they measure
/// is one for the process, as are the calls of a model.
JITOptions makeTimingOptions(const MachineOptions &machine);

/// Forgets what has been measured, for the calls of a module of so many.
void startKernelClock(size_t numCalls);

/// Calls of kernels together: those of the same kernel, or of the same layer.
struct ProfileRow {
  std::string name;
  int64_t calls = 0;
  /// Of all of them, in one call of the function.
  double seconds = 0;
  int64_t weightBytes = 0;
  int64_t operations = 0;
};

enum class ProfileGrouping { Kernel, Layer };

/// What has been measured of a function since the clock was started: of each
/// call the median. Kernels are in the order of their time, layers in that of
/// their calls.
std::vector<ProfileRow> readKernelClock(llvm::ArrayRef<KernelCall> calls,
                                        llvm::StringRef function,
                                        ProfileGrouping grouping);

/// The middle one of some numbers, or 0 of none.
double findMedian(std::vector<double> values);

} // namespace smelt

#endif
