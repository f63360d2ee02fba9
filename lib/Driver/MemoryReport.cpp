//===- MemoryReport.cpp -----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Driver/MemoryReport.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;
using namespace smelt;

int64_t MemoryReport::countScalarBytes() const {
  int64_t bytes = 0;
  for (const CArray &array : arrays)
    if (array.isConst && array.numElements == 1)
      bytes += array.bytes;
  return bytes;
}

/// Counts a constant as its layer's weights or as another constant of it.
/// Returns false if it belongs to no layer.
static bool addToLayer(const CArray &array,
                       MutableArrayRef<LayerReport> layers) {
  LayerReport *owner = nullptr;
  for (LayerReport &layer : layers) {
    if (layer.name != array.layer)
      continue;
    if (layer.weights && !layer.weightBytes &&
        layer.weights->bytes == array.bytes) {
      layer.weightBytes = array.bytes;
      return true;
    }
    if (!owner || (layer.weights && !owner->weights))
      owner = &layer;
  }
  if (!owner)
    return false;
  owner->constantBytes += array.bytes;
  return true;
}

static void addArrays(MemoryReport &report,
                      MutableArrayRef<LayerReport> layers) {
  for (const CArray &array : report.arrays) {
    (array.isConst ? report.constantBytes : report.arenaBytes) += array.bytes;
    if (array.isConst && !addToLayer(array, layers))
      report.tableBytes += array.bytes;
  }
}

/// Adds what the public functions use of the arena at once.
static void addLiveBytes(func::FuncOp function, MemoryReport &report,
                         MutableArrayRef<LayerReport> layers) {
  auto live = function->getAttrOfType<DictionaryAttr>("smelt.live_bytes");
  if (!live)
    return;
  for (NamedAttribute attribute : live)
    report.liveBytes = std::max(
        report.liveBytes, cast<IntegerAttr>(attribute.getValue()).getInt());
  for (LayerReport &layer : layers)
    if (auto bytes = live.getAs<IntegerAttr>(layer.name))
      layer.arenaBytes = std::max(layer.arenaBytes, bytes.getInt());
}

FailureOr<MemoryReport>
smelt::measureMemory(Network &network, MutableArrayRef<LayerReport> layers) {
  MemoryReport report;
  if (failed(network.advanceTo(Stage::Loops)))
    return failure();
  for (auto function : network.getModule().getOps<func::FuncOp>())
    addLiveBytes(function, report, layers);

  if (failed(network.advanceTo(Stage::EmitC)))
    return failure();
  COptions options;
  options.name = getFunctionName(network.getOptions());
  FailureOr<std::vector<CArray>> arrays =
      listArrays(network.getModule(), options);
  if (failed(arrays))
    return failure();
  report.arrays = std::move(*arrays);
  addArrays(report, layers);
  return report;
}
