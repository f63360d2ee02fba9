//===- Inspect.cpp ----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "smelt/Driver/Commands.h"
#include "smelt/Driver/Diagnostics.h"
#include "smelt/Driver/LayerReport.h"
#include "smelt/Driver/Network.h"
#include "smelt/Driver/Signature.h"
#include "smelt/Support/Table.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

using namespace mlir;
using namespace smelt;

namespace {
/// What the whole network needs, read off its loops.
struct Totals {
  int64_t constantBytes = 0;
  int64_t arenaBytes = 0;
};
} // namespace

static Totals measure(ModuleOp loops) {
  Totals totals;
  for (auto global : loops.getOps<memref::GlobalOp>()) {
    auto type = cast<MemRefType>(global.getType());
    int64_t bytes = llvm::divideCeil(
        type.getNumElements() * type.getElementTypeBitWidth(), 8);
    (global.getConstant() ? totals.constantBytes : totals.arenaBytes) += bytes;
  }
  return totals;
}

static std::string percent(double part) {
  return llvm::formatv("{0:F1} %", part * 100).str();
}

static std::string shorten(StringRef op) {
  op.consume_front("ternary.");
  return op.str();
}

static void printText(ArrayRef<LayerReport> layers, const Totals &totals) {
  Table table({"layer", "op", "input", "result", "weights", ">zeros",
               ">weight bytes", ">constants", ">result bytes", ">additions",
               ">multiplications"});
  LayerReport sum;
  int64_t weightBytes = 0;
  for (const LayerReport &layer : layers) {
    std::vector<std::string> row = {layer.name, shorten(layer.op),
                                    layer.inputShape, layer.resultShape};
    if (layer.weights) {
      row.insert(row.end(), {layer.weights->describe(),
                             percent(layer.weights->zeroFraction),
                             formatCount(layer.weights->bytes)});
      weightBytes += layer.weights->bytes;
    } else {
      row.insert(row.end(), 3, "");
    }
    for (int64_t count : {layer.constantBytes, layer.resultBytes,
                          layer.additions, layer.multiplications})
      row.push_back(count ? formatCount(count) : "");
    table.addRow(std::move(row));
    sum.constantBytes += layer.constantBytes;
    sum.additions += layer.additions;
    sum.multiplications += layer.multiplications;
  }
  table.addRow({"total", "", "", "", "", "", formatCount(weightBytes),
                formatCount(sum.constantBytes), "", formatCount(sum.additions),
                formatCount(sum.multiplications)});
  table.print(llvm::outs());
  llvm::outs() << "\nconstant data: " << formatCount(totals.constantBytes)
               << " bytes\narena (RAM): " << formatCount(totals.arenaBytes)
               << " bytes\n";
}

static void printJSON(ArrayRef<LayerReport> layers, const Totals &totals) {
  llvm::json::Array list;
  for (const LayerReport &layer : layers) {
    llvm::json::Object entry{{"name", layer.name},
                             {"op", layer.op},
                             {"input", layer.inputShape},
                             {"result", layer.resultShape},
                             {"constant_bytes", layer.constantBytes},
                             {"result_bytes", layer.resultBytes},
                             {"additions", layer.additions},
                             {"multiplications", layer.multiplications}};
    if (layer.weights) {
      entry["weights"] = layer.weights->describe();
      entry["planes"] = layer.weights->planes;
      entry["zero_fraction"] = layer.weights->zeroFraction;
      entry["weight_bytes"] = layer.weights->bytes;
    }
    list.push_back(std::move(entry));
  }
  llvm::json::Value result =
      llvm::json::Object{{"layers", std::move(list)},
                         {"constant_bytes", totals.constantBytes},
                         {"arena_bytes", totals.arenaBytes}};
  llvm::outs() << llvm::formatv("{0:2}", result) << "\n";
}

LogicalResult smelt::runInspect(const InspectOptions &options,
                                MLIRContext *context) {
  FailureOr<std::unique_ptr<Network>> network =
      Network::load(options.model, context);
  if (failed(network) || failed((*network)->advanceTo(Stage::Integer)))
    return failure();
  FailureOr<func::FuncOp> entry = findEntry((*network)->getModule());
  if (failed(entry))
    return failure();
  std::vector<LayerReport> layers =
      describeLayers(*entry, options.model.strategy);
  if (failed((*network)->advanceTo(Stage::Loops)))
    return failure();
  Totals totals = measure((*network)->getModule());
  if (options.json)
    printJSON(layers, totals);
  else
    printText(layers, totals);
  return success();
}
