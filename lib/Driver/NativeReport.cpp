//===- NativeReport.cpp -----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Driver/NativeReport.h"
#include "smelt/Dialect/Ternary/Transforms/Passes.h"
#include "smelt/Driver/Diagnostics.h"
#include "smelt/Driver/Signature.h"
#include "smelt/Support/HostTensor.h"
#include "smelt/Target/LLVM/Emission.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringSet.h"
#include <cmath>

using namespace mlir;
using namespace smelt;

int64_t NativeReport::countBytes(SectionKind kind) const {
  int64_t bytes = 0;
  for (const Section &section : sections)
    if (section.kind == kind)
      bytes += section.bytes;
  return bytes;
}

int64_t NativeReport::countFlash() const {
  int64_t bytes = 0;
  for (const Section &section : sections)
    if (section.hasContents)
      bytes += section.bytes;
  return bytes;
}

std::optional<int64_t> NativeReport::countRAM() const {
  std::optional<int64_t> stack = code.countStackBytes();
  if (!stack)
    return std::nullopt;
  return countBytes(SectionKind::Memory) + stateBytes + *stack;
}

int64_t NativeReport::countOtherCode() const {
  int64_t bytes = countBytes(SectionKind::Code);
  for (const NativeLayer &layer : layers)
    bytes -= layer.codeBytes;
  return bytes;
}

int64_t NativeReport::countOtherConstants() const {
  int64_t bytes = countBytes(SectionKind::Constants);
  for (const NativeLayer &layer : layers)
    bytes -= layer.constantBytes;
  return bytes;
}

std::optional<int64_t> NativeReport::countOtherInstructions() const {
  std::optional<int64_t> count = instructions;
  for (const NativeLayer &layer : layers)
    if (count)
      *count -= layer.instructions.value_or(0);
  return count;
}

namespace {
/// Gives each layer what is its own of the code.
class LayerSplitter {
public:
  explicit LayerSplitter(NativeReport &report) : report(report) {
    for (const ArrayData &array : report.code.arrays)
      if (array.isConst)
        arrayBytes[array.name] = array.bytes;
  }

  void addCall(DictionaryAttr call);
  std::vector<NativeLayer> takeLayers();

private:
  void addFunction(StringRef name, NativeLayer &layer);

  NativeReport &report;
  /// What no layer has yet.
  llvm::StringMap<int64_t> arrayBytes;
  llvm::StringSet<> ownedFunctions;
  llvm::MapVector<StringRef, NativeLayer> layers;
};
} // namespace

/// Adds a function and what it calls to a layer, as far as no layer has them.
void LayerSplitter::addFunction(StringRef name, NativeLayer &layer) {
  const FunctionCode *code = report.code.find(name);
  if (!code || !ownedFunctions.insert(name).second)
    return;
  layer.codeBytes += code->codeBytes;
  for (const std::string &callee : code->callees)
    addFunction(callee, layer);
}

void LayerSplitter::addCall(DictionaryAttr call) {
  StringRef name = call.getAs<StringAttr>("layer").getValue();
  StringRef kernel = call.getAs<StringAttr>("kernel").getValue();
  if (name.empty())
    name = kernel;
  bool isNew = !layers.contains(name);
  NativeLayer &layer = layers[name];
  layer.name = name.str();
  if (isNew)
    layer.stackBytes = 0;
  if (!llvm::is_contained(layer.kernels, kernel))
    layer.kernels.push_back(kernel.str());
  addFunction(kernel, layer);
  for (auto array : call.getAs<ArrayAttr>("arrays").getAsRange<StringAttr>()) {
    layer.constantBytes += arrayBytes.lookup(array.getValue());
    arrayBytes.erase(array.getValue());
  }
  // A kernel that is not there has become a part of what called it.
  const FunctionCode *code = report.code.find(kernel);
  if (!code)
    return;
  if (layer.stackBytes && code->stackBytes && code->callerStackBytes)
    layer.stackBytes = std::max(*layer.stackBytes,
                                *code->stackBytes + *code->callerStackBytes);
  else
    layer.stackBytes.reset();
}

std::vector<NativeLayer> LayerSplitter::takeLayers() {
  std::vector<NativeLayer> list;
  for (auto &[name, layer] : layers)
    list.push_back(std::move(layer));
  return list;
}

/// The most that each layer has in the arena, by its name.
static llvm::StringMap<int64_t> readLiveBytes(ModuleOp module) {
  llvm::StringMap<int64_t> bytes;
  for (auto function : module.getOps<func::FuncOp>()) {
    auto live = function->getAttrOfType<DictionaryAttr>("smelt.live_bytes");
    if (!live)
      continue;
    for (NamedAttribute layer : live) {
      int64_t &most = bytes[layer.getName()];
      most = std::max(most, cast<IntegerAttr>(layer.getValue()).getInt());
    }
  }
  return bytes;
}

/// What a sensor may give; other numbers, such as tokens, are 0.
static void fillWithNoise(std::vector<char> &bytes) {
  uint32_t state = 1;
  for (char &byte : bytes) {
    state = state * 1664525 + 1013904223;
    byte = static_cast<char>(state >> 24);
  }
}

/// A call of the function that gives results. Of a language model, it is that
/// of the first token.
static FailureOr<CountedCall> makeCall(ModuleOp module) {
  FailureOr<func::FuncOp> entry = findEntry(module);
  if (failed(entry))
    return failure();
  FailureOr<Signature> signature = readSignature(*entry);
  if (failed(signature))
    return failure();
  CountedCall call;
  auto add = [&](const Port &port) {
    call.arguments.emplace_back(port.getNumElements() *
                                getElementSize(port.kind));
  };
  for (const Port &port : signature->inputs) {
    add(port);
    if (getElementSize(port.kind) == 1)
      fillWithNoise(call.arguments.back());
  }
  if (signature->stateBytes)
    call.arguments.emplace_back(signature->stateBytes);
  for (const Port &port : signature->outputs)
    add(port);
  return call;
}

/// The name that the function that gives results has in code.
static std::string getEntryName(const ModelOptions &model, bool hasState) {
  return getFunctionName(model) + (hasState ? kDecodeSuffix.str() : "");
}

/// Gives each layer the instructions of the kernels that the counted function
/// calls for it.
static void addInstructions(NativeReport &report, ArrayAttr calls) {
  const FunctionCode *counted = report.code.find(report.countedFunction);
  if (!counted || !counted->instructions)
    return;
  report.instructions = std::llround(*counted->instructions);
  llvm::StringMap<double> sums;
  for (auto call : calls.getAsRange<DictionaryAttr>()) {
    const FunctionCode *kernel =
        report.code.find(call.getAs<StringAttr>("kernel").getValue());
    if (kernel && call.getAs<StringAttr>("function") == report.countedFunction)
      sums[call.getAs<StringAttr>("layer").getValue()] +=
          kernel->instructions.value_or(0);
  }
  for (NativeLayer &layer : report.layers)
    layer.instructions = std::llround(sums.lookup(layer.name));
}

/// The most that a function wants its caller to keep.
static int64_t findStateBytes(ModuleOp module) {
  int64_t most = 0;
  for (auto function : module.getOps<func::FuncOp>())
    if (function.isPublic() && !function.isExternal())
      most = std::max(most, ternary::getStateSize(function));
  return most;
}

FailureOr<NativeReport> smelt::measureNative(Network &network,
                                             llvm::TargetMachine &machine,
                                             const DataPlacement &placement,
                                             bool countsInstructions) {
  const llvm::Triple &triple = machine.getTargetTriple();
  if (!triple.isOSBinFormatELF())
    return reportError("", "only ELF objects can be measured, and '" +
                               triple.str() + "' has others");
  NativeReport report;
  report.stateBytes = findStateBytes(network.getModule());
  FailureOr<CountedCall> counted = makeCall(network.getModule());
  if (failed(counted) || failed(network.advanceTo(Stage::Loops)))
    return failure();
  counted->function = report.countedFunction =
      getEntryName(network.getOptions(), report.stateBytes != 0);
  llvm::StringMap<int64_t> liveBytes = readLiveBytes(network.getModule());
  auto calls =
      network.getModule()->getAttrOfType<ArrayAttr>(ternary::kLayerCallsName);
  SmallVector<char, 0> object;
  EmissionOptions options;
  options.placement = placement;
  options.report = &report.code;
  if (countsInstructions)
    options.countedCall = &*counted;
  if (failed(network.advanceTo(Stage::LLVM)) ||
      failed(emitNative(network.getModule(), NativeKind::Object, machine, "",
                        object, options)))
    return failure();
  llvm::Expected<std::vector<Section>> sections =
      readSections({object.data(), object.size()});
  if (!sections)
    return reportError("", sections.takeError());
  report.sections = std::move(*sections);
  LayerSplitter splitter(report);
  if (calls)
    for (auto call : calls.getAsRange<DictionaryAttr>())
      splitter.addCall(call);
  report.layers = splitter.takeLayers();
  for (NativeLayer &layer : report.layers)
    layer.arenaBytes = liveBytes.lookup(layer.name);
  if (calls)
    addInstructions(report, calls);
  return report;
}

FailureOr<NativeReport> smelt::measureModel(const NativeCompilation &options) {
  ModelOptions model = options.model;
  if (options.usesVectors)
    useTarget(*options.target, model);
  else
    useWords(*options.target, model);
  FailureOr<std::unique_ptr<Network>> network =
      Network::load(model, options.context);
  if (failed(network) || failed((*network)->advanceTo(Stage::Integer)))
    return failure();
  return measureNative(**network, *options.target->machine, options.placement,
                       options.countsInstructions);
}

LogicalResult smelt::checkPlacement(const DataPlacement &placement,
                                    const llvm::Triple *triple) {
  if (!placement.weightsSection.empty() &&
      placement.weightsSection == placement.arenaSection)
    return reportError("", "--weights-section and --arena-section are both '" +
                               placement.weightsSection +
                               "', but one is read and the other written; give "
                               "them different names");
  bool namesSection =
      !placement.weightsSection.empty() || !placement.arenaSection.empty();
  if (!namesSection || !triple || triple->isOSBinFormatELF())
    return success();
  StringRef option = placement.weightsSection.empty() ? "--arena-section"
                                                      : "--weights-section";
  return reportError("", option + " is for ELF objects, and '" + triple->str() +
                             "' has others; leave it out");
}
