//===- Inspect.cpp ----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Conversion/ProcessorFeatures.h"
#include "smelt/Driver/Commands.h"
#include "smelt/Driver/MemoryReport.h"
#include "smelt/Driver/Signature.h"
#include "smelt/Support/Table.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

using namespace mlir;
using namespace smelt;

static std::string percent(double part) {
  return llvm::formatv("{0:F1} %", part * 100).str();
}

static std::string shorten(StringRef op) {
  op.consume_front("ternary.");
  return op.str();
}

/// An empty cell for 0.
static std::string formatCell(int64_t count) {
  return count ? formatCount(count) : "";
}

static void printLayers(ArrayRef<LayerReport> layers,
                        const MemoryReport &memory) {
  Table table({"layer", "op", "input", "result", "weights", ">zeros",
               ">weight bytes", ">constants", ">arena", ">additions",
               ">multiplications"});
  LayerReport sum;
  for (const LayerReport &layer : layers) {
    const auto &weights = layer.weights;
    table.addRow({layer.name, shorten(layer.op), layer.inputShape,
                  layer.resultShape, weights ? weights->describe() : "",
                  weights ? percent(weights->zeroFraction) : "",
                  formatCell(layer.weightBytes),
                  formatCell(layer.constantBytes), formatCell(layer.arenaBytes),
                  formatCell(layer.additions),
                  formatCell(layer.multiplications)});
    sum.weightBytes += layer.weightBytes;
    sum.constantBytes += layer.constantBytes;
    sum.additions += layer.additions;
    sum.multiplications += layer.multiplications;
  }
  if (memory.tableBytes)
    table.addRow(
        {"tables", "", "", "", "", "", "", formatCount(memory.tableBytes)});
  table.addRow({"total", "", "", "", "", "", formatCount(sum.weightBytes),
                formatCount(sum.constantBytes + memory.tableBytes),
                formatCount(memory.arenaBytes), formatCount(sum.additions),
                formatCount(sum.multiplications)});
  table.print(llvm::outs());
}

static void printMemory(const MemoryReport &memory) {
  Table table({"bytes", ">code", ">constants", ">RAM"});
  table.addRow({"C source", "", formatCount(memory.constantBytes),
                formatCount(memory.arenaBytes)});
  auto addRow = [&](const std::string &name, auto count) {
    table.addRow({name, formatCell(count(SectionKind::Code)),
                  formatCell(count(SectionKind::Constants)),
                  formatCell(count(SectionKind::Memory))});
  };
  addRow("native object",
         [&](SectionKind kind) { return memory.countBytes(kind); });
  for (const Section &section : memory.sections)
    addRow("  " + section.name, [&](SectionKind kind) {
      return section.kind == kind ? section.bytes : 0;
    });
  llvm::outs() << "\n";
  table.print(llvm::outs());
  llvm::outs() << "\nconstants of one number, for the compiler to put into "
                  "code: "
               << formatCount(memory.countScalarBytes())
               << " bytes\narena in use at once: "
               << formatCount(memory.liveBytes) << " of "
               << formatCount(memory.arenaBytes) << " bytes\n";
}

static llvm::json::Array describeAsJSON(ArrayRef<LayerReport> layers) {
  llvm::json::Array list;
  for (const LayerReport &layer : layers) {
    llvm::json::Object entry{{"name", layer.name},
                             {"op", layer.op},
                             {"input", layer.inputShape},
                             {"result", layer.resultShape},
                             {"constant_bytes", layer.constantBytes},
                             {"arena_bytes", layer.arenaBytes},
                             {"result_bytes", layer.resultBytes},
                             {"additions", layer.additions},
                             {"multiplications", layer.multiplications}};
    if (layer.weights) {
      entry["weights"] = layer.weights->describe();
      entry["planes"] = layer.weights->planes;
      entry["zero_fraction"] = layer.weights->zeroFraction;
      entry["weight_bytes"] = layer.weightBytes;
    }
    list.push_back(std::move(entry));
  }
  return list;
}

static void printVariants(ArrayRef<CPUVariant> variants) {
  if (variants.empty())
    return;
  llvm::outs() << "code for several CPUs, of which the last that the processor "
                  "can run is used:\n";
  Table table({"variant", "CPU", "vectors of kernels"});
  for (auto [i, variant] : llvm::enumerate(variants)) {
    std::vector<std::string> features = variant.vectorFeatures;
    llvm::erase_if(features, [](const std::string &feature) {
      return !findProcessorFeature(feature);
    });
    table.addRow({std::to_string(i), variant.name, llvm::join(features, " ")});
  }
  table.print(llvm::outs());
}

static void printJSON(ArrayRef<LayerReport> layers, const MemoryReport &memory,
                      ArrayRef<CPUVariant> variants) {
  llvm::json::Array arrays, sections, cpus;
  for (const CPUVariant &variant : variants)
    cpus.push_back(variant.name);
  for (const CArray &array : memory.arrays)
    arrays.push_back(llvm::json::Object{{"name", array.name},
                                        {"layer", array.layer},
                                        {"constant", array.isConst},
                                        {"numbers", array.numElements},
                                        {"bytes", array.bytes}});
  for (const Section &section : memory.sections)
    sections.push_back(
        llvm::json::Object{{"name", section.name}, {"bytes", section.bytes}});
  auto countBytes = [&](SectionKind kind) { return memory.countBytes(kind); };
  llvm::json::Object object{
      {"code_bytes", countBytes(SectionKind::Code)},
      {"constant_bytes", countBytes(SectionKind::Constants)},
      {"ram_bytes", countBytes(SectionKind::Memory)},
      {"sections", std::move(sections)}};
  llvm::json::Value result =
      llvm::json::Object{{"layers", describeAsJSON(layers)},
                         {"arrays", std::move(arrays)},
                         {"constant_bytes", memory.constantBytes},
                         {"one_number_bytes", memory.countScalarBytes()},
                         {"table_bytes", memory.tableBytes},
                         {"arena_bytes", memory.arenaBytes},
                         {"live_bytes", memory.liveBytes},
                         {"variants", std::move(cpus)},
                         {"object", std::move(object)}};
  llvm::outs() << llvm::formatv("{0:2}", result) << "\n";
}

LogicalResult smelt::runInspect(const InspectOptions &options,
                                MLIRContext *context) {
  ModelOptions model = options.model;
  FailureOr<NativeTarget> target =
      selectTarget(options.machine, model, context);
  if (failed(target))
    return failure();
  FailureOr<std::unique_ptr<Network>> network = Network::load(model, context);
  if (failed(network) || failed((*network)->advanceTo(Stage::Integer)))
    return failure();
  FailureOr<func::FuncOp> entry = findEntry((*network)->getModule());
  if (failed(entry))
    return failure();
  std::vector<LayerReport> layers = describeLayers(*entry, model.strategy);
  FailureOr<MemoryReport> memory = measureMemory(**network, *target, layers);
  if (failed(memory))
    return failure();
  if (options.json) {
    printJSON(layers, *memory, target->variants);
    return success();
  }
  printLayers(layers, *memory);
  printMemory(*memory);
  printVariants(target->variants);
  return success();
}
