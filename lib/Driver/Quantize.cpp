//===- Quantize.cpp ---------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Driver/Commands.h"
#include "smelt/Driver/Diagnostics.h"
#include "smelt/Driver/LayerReport.h"
#include "smelt/Driver/Network.h"
#include "smelt/Driver/Signature.h"
#include "smelt/Support/HostTensor.h"
#include "smelt/Support/Locations.h"
#include "smelt/Support/OutputFiles.h"
#include "smelt/Support/Table.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace smelt;

static void printWeights(func::FuncOp function, StringRef strategy) {
  Table table(
      {"layer", "weights", "shape", ">zeros", ">error", ">bytes", ">of fp32"});
  int64_t bytes = 0, floatBytes = 0;
  function.walk([&](ternary::DequantizeWeightsOp op) {
    auto weights = op.getWeights().getDefiningOp<ternary::WeightsOp>();
    if (!weights)
      return;
    WeightsReport report = describeWeights(weights, strategy);
    auto error = op->getAttrOfType<FloatAttr>("smelt.error");
    int64_t size = 4 * weights.getType().getNumWeights();
    bytes += report.bytes;
    floatBytes += size;
    table.addRow(
        {getLayerName(op.getLoc()).str(), report.describe(),
         formatShape(report.shape),
         llvm::formatv("{0:F1} %", 100 * report.zeroFraction).str(),
         error ? llvm::formatv("{0:F1} %", 100 * error.getValueAsDouble()).str()
               : "",
         formatCount(report.bytes),
         llvm::formatv("1/{0:F1}", double(size) / report.bytes).str()});
  });
  if (bytes)
    table.addRow({"total", "", "", "", "", formatCount(bytes),
                  llvm::formatv("1/{0:F1}", double(floatBytes) / bytes).str()});
  table.print(llvm::outs());
  llvm::outs() << "Errors are the norm of what rounding changed over the norm "
                  "of the weights.\n";
}

LogicalResult smelt::runQuantize(const QuantizeOptions &options,
                                 MLIRContext *context) {
  if (!options.output.empty() &&
      llvm::sys::path::extension(options.output) != ".mlir")
    return reportError(options.output,
                       "a quantized network is written to an .mlir file");
  FailureOr<std::unique_ptr<Network>> network =
      Network::load(options.model, context);
  if (failed(network) || failed((*network)->advanceTo(Stage::Weights)))
    return failure();
  FailureOr<func::FuncOp> entry = findEntry((*network)->getModule());
  if (failed(entry))
    return failure();
  printWeights(*entry, options.model.strategy);
  if (options.output.empty())
    return success();
  if (failed((*network)->advanceTo(Stage::Integer)))
    return failure();
  return writeMLIR((*network)->getModule(), options.output);
}
