//===- Dataset.h ------------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_DRIVER_DATASET_H
#define SMELT_DRIVER_DATASET_H

#include "mlir/Support/LLVM.h"
#include "smelt/Driver/Executor.h"
#include "smelt/Driver/Options.h"

namespace smelt {

/// The samples that a network is to be run on.
class Dataset {
public:
  /// Reads the files in `specifications`, FILE or NAME=FILE, for a network.
  static mlir::FailureOr<Dataset>
  read(llvm::ArrayRef<std::string> specifications, const ModelOptions &options,
       const Signature &signature);

  /// Reads the calibration data of the options; all of it is finite.
  static mlir::FailureOr<Dataset> readCalibration(const ModelOptions &options,
                                                  const Signature &signature);

  /// The number of samples.
  int64_t getNumSamples() const { return numSamples; }

  /// Forgets all samples but the first ones.
  void limitTo(int64_t count) { numSamples = std::min(numSamples, count); }

  /// Runs the network on every sample. The outputs are reals where the network
  /// has quantized ones, unless `isRaw`; raw inputs are integers as they are.
  std::vector<NamedTensor> run(const Executor &executor, bool isRaw) const;

  /// Runs the network on every sample and passes on each call's outputs.
  void
  forEachCall(const Executor &executor, bool isRaw,
              llvm::function_ref<void(llvm::ArrayRef<HostTensor>)> use) const;

private:
  /// Data of one input, with as many samples as the data set.
  std::vector<HostTensor> inputs;
  int64_t numSamples = 1;
  /// Samples in a call of the network.
  int64_t batch = 1;
  /// Whether the data has one dimension more than the network's input, or is
  /// one call's input.
  bool addsDimension = false;
  bool isSingleCall = false;
};

/// Reads a `.npy` or `.npz` file.
mlir::FailureOr<std::vector<NamedTensor>> readTensors(llvm::StringRef path);

} // namespace smelt

#endif
