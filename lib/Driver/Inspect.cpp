//===- Inspect.cpp ----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "InspectReport.h"
#include "smelt/Conversion/ProcessorFeatures.h"
#include "smelt/Driver/Budget.h"
#include "smelt/Driver/Commands.h"
#include "smelt/Driver/Signature.h"
#include "smelt/Support/Table.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"

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

static void printMemory(const MemoryReport &memory,
                        const NativeReport &native) {
  Table table({"bytes", ">code", ">constants", ">RAM"});
  table.addRow({"C source", "", formatCount(memory.constantBytes),
                formatCount(memory.arenaBytes)});
  auto addRow = [&](const std::string &name, auto count) {
    table.addRow({name, formatCell(count(SectionKind::Code)),
                  formatCell(count(SectionKind::Constants)),
                  formatCell(count(SectionKind::Memory))});
  };
  addRow("native object",
         [&](SectionKind kind) { return native.countBytes(kind); });
  for (const Section &section : native.sections)
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

static std::string formatKernels(ArrayRef<std::string> kernels) {
  if (kernels.size() <= 2)
    return llvm::join(kernels, " ");
  return std::to_string(kernels.size()) + " functions";
}

static std::string formatStack(std::optional<int64_t> bytes) {
  return bytes ? formatCount(*bytes) : "?";
}

static void printNativeLayers(const NativeReport &native) {
  Table table({"native object", "functions", ">code", ">constants", ">arena",
               ">stack", ">RAM", ">instructions"});
  auto formatInstructions = [](std::optional<int64_t> count) {
    return count ? formatCell(*count) : "";
  };
  for (const NativeLayer &layer : native.layers)
    table.addRow({layer.name, formatKernels(layer.kernels),
                  formatCell(layer.codeBytes), formatCell(layer.constantBytes),
                  formatCell(layer.arenaBytes), formatStack(layer.stackBytes),
                  formatCount(layer.countRAM()),
                  formatInstructions(layer.instructions)});
  table.addRow({"other", "", formatCell(native.countOtherCode()),
                formatCell(native.countOtherConstants()), "", "", "",
                formatInstructions(native.countOtherInstructions())});
  if (native.stateBytes)
    table.addRow({"state, which the caller keeps", "", "", "", "", "",
                  formatCount(native.stateBytes)});
  std::optional<int64_t> ram = native.countRAM();
  table.addRow({"total", "", formatCount(native.countBytes(SectionKind::Code)),
                formatCount(native.countBytes(SectionKind::Constants)),
                formatCount(native.countBytes(SectionKind::Memory)),
                formatStack(native.code.countStackBytes()),
                ram ? formatCount(*ram) : "?",
                formatInstructions(native.instructions)});
  llvm::outs() << "\n";
  table.print(llvm::outs());
}

/// Says what a target must have for the native object.
static void printNeeds(const NativeReport &native) {
  llvm::raw_ostream &stream = llvm::outs();
  stream << "\nflash: " << formatCount(native.countFlash()) << " bytes\n";
  std::optional<int64_t> ram = native.countRAM();
  stream << "RAM: " << (ram ? formatCount(*ram) : "?") << " bytes: memory "
         << formatCount(native.countBytes(SectionKind::Memory));
  if (native.stateBytes)
    stream << ", state " << formatCount(native.stateBytes);
  stream << ", stack " << formatStack(native.code.countStackBytes()) << "\n";
  for (const FunctionCode &code : native.code.functions)
    if (code.isPublic)
      stream << "stack of " << code.name << ": "
             << (code.stackBytes ? formatCount(*code.stackBytes) + " bytes"
                                 : "not known")
             << "\n";
  if (native.instructions)
    stream << "instructions of " << native.countedFunction << ": "
           << formatCount(*native.instructions) << "\n";
  else if (!native.code.uncounted.empty())
    stream << "instructions: not counted: " << native.code.uncounted << "\n";
  if (native.code.libraryFunctions.empty())
    return;
  stream << "library functions, for which the stack is taken to be";
  StringRef separator = " ";
  for (const std::string &name : native.code.libraryFunctions) {
    stream << separator << getLibraryStack(name) << " bytes (" << name << ")";
    separator = ", ";
  }
  stream << "\n";
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

void smelt::printAsTables(const InspectReport &report) {
  printLayers(report.layers, report.memory);
  printMemory(report.memory, report.native);
  if (report.variants.empty())
    printNativeLayers(report.native);
  printNeeds(report.native);
  printVariants(report.variants);
}

/// Measures an integer network without reading it again. Only a language model
/// for vectors is read for them.
static FailureOr<NativeReport> measure(const Network &network,
                                       const NativeCompilation &compilation) {
  if (llvm::sys::fs::is_directory(compilation.model.path) &&
      !compilation.target->vectorFeatures.empty())
    return measureModel(compilation);
  std::unique_ptr<Network> native = network.clone();
  native->useTarget(*compilation.target);
  return measureNative(*native, *compilation.target->machine,
                       compilation.placement, compilation.countsInstructions);
}

LogicalResult smelt::runInspect(const InspectOptions &options,
                                MLIRContext *context) {
  ModelOptions model = options.model;
  FailureOr<NativeTarget> target =
      selectTarget(options.machine, model, context);
  if (failed(target) ||
      failed(checkPlacement(options.placement,
                            &target->machine->getTargetTriple())))
    return failure();
  NativeCompilation compilation{model, options.placement, &*target, context};
  compilation.countsInstructions = target->variants.empty();
  useWords(*target, model);
  FailureOr<std::unique_ptr<Network>> network = Network::load(model, context);
  if (failed(network) || failed((*network)->advanceTo(Stage::Integer)))
    return failure();
  FailureOr<func::FuncOp> entry = findEntry((*network)->getModule());
  if (failed(entry))
    return failure();
  FailureOr<NativeReport> measured = measure(**network, compilation);
  if (failed(measured))
    return failure();
  InspectReport report;
  report.native = std::move(*measured);
  report.variants = target->variants;
  report.layers = describeLayers(*entry, model.strategy);
  FailureOr<MemoryReport> memory = measureMemory(**network, report.layers);
  if (failed(memory))
    return failure();
  report.memory = std::move(*memory);
  if (options.json)
    printAsJSON(report);
  else
    printAsTables(report);
  return checkBudget(options.budget, report.native, compilation);
}
