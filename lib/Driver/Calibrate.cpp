//===- Calibrate.cpp --------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Driver/Calibrate.h"
#include "smelt/Dialect/Ternary/Transforms/Passes.h"
#include "smelt/Driver/Dataset.h"
#include "smelt/Driver/Diagnostics.h"
#include "smelt/Driver/Network.h"
#include "smelt/Quantization/Calibration.h"

using namespace mlir;
using namespace smelt;

LogicalResult smelt::calibrate(Network &network) {
  FailureOr<func::FuncOp> entry = findEntry(network.getModule());
  if (failed(entry))
    return failure();
  OwningOpRef<ModuleOp> copy = cast<ModuleOp>(network.getModule()->clone());
  PassManager manager(copy->getContext(), ModuleOp::getOperationName());
  manager.addNestedPass<func::FuncOp>(ternary::createTernaryInstrumentRanges());
  if (failed(manager.run(*copy)))
    return failure();
  FailureOr<std::unique_ptr<Executor>> executor =
      Executor::create(*copy, network.getOptions());
  if (failed(executor))
    return failure();
  FailureOr<Dataset> data = Dataset::readCalibration(
      network.getOptions(), (*executor)->getSignature());
  if (failed(data))
    return failure();

  std::vector<ObservedRange> ranges;
  data->forEachCall(
      **executor, /*isRaw=*/false, [&](ArrayRef<HostTensor> outputs) {
        ArrayRef<float> values = outputs.back().getValues<float>();
        bool isFirst = ranges.empty();
        ranges.resize(values.size() / 2);
        for (auto [index, range] : llvm::enumerate(ranges)) {
          double low = values[2 * index], high = values[2 * index + 1];
          range.min = isFirst ? low : std::min(range.min, low);
          range.max = isFirst ? high : std::max(range.max, high);
        }
      });
  setRanges(*entry, ranges);
  return success();
}
