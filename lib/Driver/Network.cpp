//===- Network.cpp ----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Driver/Network.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Parser/Parser.h"
#include "smelt/Conversion/VectorTarget.h"
#include "smelt/Dialect/Ternary/Transforms/Passes.h"
#include "smelt/Dialect/Ternary/Transforms/Variants.h"
#include "smelt/Driver/Calibrate.h"
#include "smelt/Driver/ChoosePrecision.h"
#include "smelt/Driver/Diagnostics.h"
#include "smelt/Driver/ObserveInputs.h"
#include "smelt/Driver/Signature.h"
#include "smelt/Import/HuggingFace/ImportHuggingFace.h"
#include "smelt/Import/ONNX/ImportONNX.h"
#include "smelt/Pipelines/Pipelines.h"
#include "smelt/Support/InputFiles.h"
#include "smelt/Target/C/CEmitter.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace smelt;

std::string smelt::makeSymbolName(StringRef path) {
  std::string name;
  for (char c : llvm::sys::path::stem(path))
    name += llvm::isAlnum(c) ? c : '_';
  if (name.empty() || llvm::isDigit(name.front()) || isReservedInC(name))
    name = "model_" + name;
  return name;
}

std::string smelt::getFunctionName(const ModelOptions &options) {
  return options.name.empty() ? makeSymbolName(options.path) : options.name;
}

FailureOr<NativeTarget> smelt::selectTarget(const MachineOptions &options,
                                            ModelOptions &model,
                                            MLIRContext *context) {
  Location loc =
      FileLineColLoc::get(StringAttr::get(context, model.path), 0, 0);
  FailureOr<NativeTarget> target = createNativeTarget(options, loc);
  if (succeeded(target) && !options.triple.empty())
    model.pointerBits = 8 * target->machine->getPointerSize(0);
  return target;
}

LogicalResult smelt::selectHostVectors(const MachineOptions &options,
                                       ModelOptions &model,
                                       MLIRContext *context) {
  Location loc =
      FileLineColLoc::get(StringAttr::get(context, model.path), 0, 0);
  FailureOr<std::unique_ptr<llvm::TargetMachine>> machine =
      createHostMachine(options, loc);
  if (failed(machine))
    return failure();
  useVectors(getVectorFeatures(**machine), model);
  return success();
}

/// The bytes of the weights' files of a language model, or 0.
static uint64_t countWeightBytes(StringRef folder) {
  uint64_t sum = 0;
  std::error_code error;
  for (llvm::sys::fs::directory_iterator entry(folder, error), end;
       !error && entry != end; entry.increment(error)) {
    uint64_t size = 0;
    if (StringRef(entry->path()).ends_with(".safetensors") &&
        !llvm::sys::fs::file_size(entry->path(), size))
      sum += size;
  }
  return sum;
}

/// Whether the weights of a language model are more than the caches of a core
/// or two hold.
static bool isLarge(StringRef folder) {
  return countWeightBytes(folder) >= uint64_t(64) << 20;
}

/// Tokens of a prompt that are read at once. The faster they are multiplied,
/// the more of them it takes to hide that weights are read and unpacked.
static int64_t chooseBlockSize(StringRef folder,
                               ArrayRef<std::string> features) {
  if (!isLarge(folder))
    return 32;
  return VectorTarget::fromFeatures(features).hasByteMatrices ? 128 : 64;
}

std::string smelt::chooseStrategy(ArrayRef<std::string> features,
                                  bool isLargeModel) {
  if (!usesInterleavedWeights("dot", features))
    return "axpy";
  bool looksUp = usesInterleavedWeights("base3", features);
  return looksUp && isLargeModel ? "base3" : "dot";
}

void smelt::useVectors(std::vector<std::string> features, ModelOptions &model) {
  model.vectorFeatures = std::move(features);
  if (model.strategy == "auto")
    model.strategy = chooseStrategy(model.vectorFeatures, isLarge(model.path));
}

void smelt::useTarget(const NativeTarget &target, ModelOptions &model) {
  model.variants = target.variants;
  useVectors(target.vectorFeatures, model);
}

void smelt::useWords(const NativeTarget &target, ModelOptions &model) {
  if (VectorTarget::fromFeatures(target.vectorFeatures).wordBits)
    model.vectorFeatures = target.vectorFeatures;
}

//===----------------------------------------------------------------------===//
// Loading
//===----------------------------------------------------------------------===//

/// The stage of a module that was read as MLIR: float unless it is plain that
/// it is a later one.
static Stage findStage(ModuleOp module) {
  for (auto function : module.getOps<func::FuncOp>()) {
    if (!function.isPublic())
      continue;
    bool hasFloat = false, hasMemRef = false;
    for (Type type : function.getArgumentTypes()) {
      hasMemRef |= isa<MemRefType>(type);
      hasFloat |= isa<FloatType>(getElementTypeOrSelf(type));
    }
    if (hasMemRef)
      return Stage::Loops;
    return hasFloat || function.getNumArguments() == 0 ? Stage::Import
                                                       : Stage::Integer;
  }
  return module.getOps<LLVM::LLVMFuncOp>().empty() ? Stage::Import
                                                   : Stage::LLVM;
}

/// The layout that an option `--embedding` or `--head` names.
static ternary::Layout getTableLayout(StringRef name) {
  return name == "int4" ? ternary::Layout::Int4 : ternary::Layout::Int8;
}

FailureOr<std::unique_ptr<Network>> Network::load(const ModelOptions &options,
                                                  MLIRContext *context) {
  StringRef path = options.path;
  if (std::error_code code =
          llvm::sys::fs::access(path, llvm::sys::fs::AccessMode::Exist))
    return reportError(path, code.message());
  std::unique_ptr<Network> network(new Network(options));
  if (llvm::sys::fs::is_directory(path)) {
    if (!hasEntry((path + "/config.json").str()))
      return reportError(path,
                         "is a folder without config.json; give a model's "
                         "file, or the folder of a language model");
    HuggingFaceImportOptions importOptions;
    importOptions.contextLength = options.contextLength;
    importOptions.cacheBits = options.cacheBits;
    importOptions.blockSize =
        options.blockSize ? options.blockSize
                          : chooseBlockSize(path, options.vectorFeatures);
    importOptions.numDrafts = options.numDrafts;
    importOptions.numSequences = options.numSequences;
    importOptions.layout =
        ternary::symbolizeLayout(getStrategyLayout(options.strategy)).value();
    importOptions.interleaves =
        usesInterleavedWeights(options.strategy, options.vectorFeatures);
    importOptions.embeddingLayout = getTableLayout(options.embedding);
    importOptions.headLayout = getTableLayout(options.head);
    importOptions.screensHead = options.head == "screened";
    importOptions.activationBits = options.activationBits;
    importOptions.planes = options.weights == "ternary" ? options.planes : 0;
    network->module = importHuggingFace(path, importOptions, context);
    if (!network->module)
      return failure();
    network->stage = Stage::Integer;
    return network;
  }
  for (auto [name, isGiven] :
       {std::pair("--embedding", !options.embedding.empty()),
        std::pair("--head", !options.head.empty()),
        std::pair("--speculate", options.numDrafts != 0),
        std::pair("--sequences", options.numSequences > 1)})
    if (isGiven)
      return reportError(path,
                         Twine("is no folder of a language model, which ") +
                             name + " is for; leave that out");
  StringRef extension = llvm::sys::path::extension(path);
  if (extension == ".mlir") {
    network->module = parseSourceFile<ModuleOp>(path, context);
    if (!network->module)
      return failure();
    network->stage = findStage(*network->module);
    return network;
  }
  if (extension == ".onnx") {
    ONNXImportOptions importOptions;
    for (const auto &[name, size] : options.dimensions)
      importOptions.dimensions[name] = size;
    network->module = importONNX(path, importOptions, context);
    if (!network->module)
      return failure();
    return network;
  }
  return reportError(path, "models are read from .onnx and .mlir files and "
                           "from folders of language models");
}

std::unique_ptr<Network> Network::clone() const {
  std::unique_ptr<Network> copy(new Network(options));
  copy->module = cast<ModuleOp>((*module)->clone());
  copy->stage = stage;
  return copy;
}

//===----------------------------------------------------------------------===//
// Stages
//===----------------------------------------------------------------------===//

LogicalResult Network::quantizeWeights(ArrayRef<std::string> rules) {
  // The last rule that matches counts: the user's.
  std::vector<std::string> chosen(rules.begin(), rules.end());
  llvm::append_range(chosen, options.layers);
  options.layers = std::move(chosen);
  PassManager manager(module->getContext(), ModuleOp::getOperationName());
  buildStage(Stage::Weights, options, manager);
  if (failed(manager.run(*module)))
    return failure();
  stage = Stage::Weights;
  return success();
}

/// States the type and range of the inputs that are a sensor's own.
static LogicalResult setSensorInputs(ModuleOp module,
                                     const ModelOptions &options) {
  if (options.inputType.empty())
    return success();
  if (!options.inputRange && options.inputType != "u8")
    return reportError("", "--input-type " + options.inputType +
                               " needs --input-range");
  SensorRange range = options.inputRange.value_or(SensorRange());
  FailureOr<func::FuncOp> entry = findEntry(module);
  if (failed(entry))
    return failure();
  Builder builder(module.getContext());
  bool isUnsigned = options.inputType == "u8";
  double least = isUnsigned ? 0 : -128, greatest = isUnsigned ? 255 : 127;
  if (range.codeMin < least || range.codeMax > greatest)
    return reportError("", "--input-range is beyond the integers of " +
                               options.inputType);
  DictionaryAttr attribute = builder.getDictionaryAttr(
      {builder.getNamedAttr(
           "type", TypeAttr::get(builder.getIntegerType(8, !isUnsigned))),
       builder.getNamedAttr("min", builder.getI64IntegerAttr(range.codeMin)),
       builder.getNamedAttr("max", builder.getI64IntegerAttr(range.codeMax)),
       builder.getNamedAttr("real_min", builder.getF64FloatAttr(range.realMin)),
       builder.getNamedAttr("real_max",
                            builder.getF64FloatAttr(range.realMax))});
  for (unsigned i = 0; i < entry->getNumArguments(); ++i)
    if (getElementTypeOrSelf(entry->getArgument(i).getType()).isF32())
      entry->setArgAttr(i, "smelt.input", attribute);
  return success();
}

static LogicalResult rename(func::FuncOp function, const Twine &name) {
  StringAttr newName = StringAttr::get(function.getContext(), name);
  if (function.getNameAttr() == newName)
    return success();
  if (SymbolTable::lookupSymbolIn(function->getParentOp(), newName))
    return function.emitError() << "name " << newName << " is taken";
  function.setSymNameAttr(newName);
  return success();
}

/// Gives the public functions the names that they are called by.
static LogicalResult nameEntries(ModuleOp module, const ModelOptions &options) {
  FailureOr<func::FuncOp> entry = findEntry(module);
  if (failed(entry))
    return failure();
  std::string name = getFunctionName(options);
  if (ternary::getStateSize(*entry) == 0)
    return rename(*entry, name);
  for (auto [function, suffix] :
       {std::pair(findPrefill(module), kPrefillSuffix),
        std::pair(findVerify(module), kVerifySuffix),
        std::pair(findBatch(module), kBatchSuffix)})
    if (function && failed(rename(function, name + suffix)))
      return failure();
  return rename(*entry, name + kDecodeSuffix);
}

/// Tells the passes of the CPUs that the code is to choose from.
static void setVariants(ModuleOp module, ArrayRef<CPUVariant> variants) {
  if (variants.empty())
    return;
  Builder builder(module.getContext());
  auto makeList = [&](const std::vector<std::string> &names) {
    return builder.getStrArrayAttr(
        SmallVector<StringRef>(names.begin(), names.end()));
  };
  SmallVector<Attribute> list;
  for (const CPUVariant &variant : variants)
    list.push_back(ternary::Variant{
        builder.getStringAttr(variant.name), builder.getStringAttr(variant.cpu),
        makeList(variant.targetFeatures), makeList(variant.vectorFeatures),
        variant.requestsTiles}
                       .toAttribute());
  module->setAttr(ternary::kVariantsName, builder.getArrayAttr(list));
}

/// Keeps the private functions out of the object file's interface.
static void hidePrivateFunctions(ModuleOp module) {
  module.getContext()->loadDialect<LLVM::LLVMDialect>();
  auto internal =
      LLVM::LinkageAttr::get(module.getContext(), LLVM::Linkage::Internal);
  for (auto function : module.getOps<func::FuncOp>())
    if (function.isPrivate() && !function.isExternal())
      function->setAttr("llvm.linkage", internal);
}

/// Keeps kernels functions of their own in native code, too: what one of them
/// keeps on the stack is not there while another runs.
static void keepKernels(ModuleOp module) {
  SymbolTable symbols(module);
  Builder builder(module);
  ArrayAttr noInline = builder.getStrArrayAttr({"noinline"});
  for (auto function : module.getOps<func::FuncOp>()) {
    if (function.isExternal())
      continue;
    for (auto call : function.front().getOps<func::CallOp>()) {
      auto kernel = symbols.lookup<func::FuncOp>(call.getCallee());
      if (kernel && kernel.isPrivate() && !kernel.isExternal() &&
          call.getNumResults() == 0 && !kernel->hasAttr("passthrough"))
        kernel->setAttr("passthrough", noInline);
    }
  }
}

LogicalResult Network::enter(Stage next) {
  if (next == Stage::Weights && !options.calibration.empty() &&
      options.weights != "int8" && failed(observeInputs(*this)))
    return failure();
  if (next == Stage::Weights && options.maxError) {
    FailureOr<std::vector<std::string>> rules =
        choosePrecisions(*this, *options.maxError);
    return failed(rules) ? failure() : quantizeWeights(*rules);
  }
  if (next == Stage::Activations && failed(setSensorInputs(*module, options)))
    return failure();
  if (next == Stage::Loops && failed(nameEntries(*module, options)))
    return failure();
  if (next == Stage::Loops)
    setVariants(*module, options.variants);
  if (next == Stage::LLVM) {
    hidePrivateFunctions(*module);
    keepKernels(*module);
  }
  if (next == Stage::Activations && !options.calibration.empty() &&
      failed(calibrate(*this)))
    return failure();
  PassManager manager(module->getContext(), ModuleOp::getOperationName());
  buildStage(next, options, manager);
  if (failed(manager.run(*module)))
    return failure();
  stage = next;
  return success();
}

LogicalResult Network::advanceTo(Stage target) {
  static constexpr Stage order[] = {
      Stage::Float, Stage::Weights, Stage::Activations, Stage::Integer,
      Stage::Loops, Stage::EmitC,   Stage::LLVM};
  if (target < stage)
    return reportError(options.path, "is already past the stage '" +
                                         stringifyStage(target) + "'");
  // EmitC and LLVM both follow the loops.
  for (Stage next : order)
    if (next > stage && next <= target &&
        (next != Stage::EmitC || target == Stage::EmitC))
      if (failed(enter(next)))
        return failure();
  return success();
}

void smelt::printPipelines(const ModelOptions &options, MLIRContext *context,
                           llvm::raw_ostream &stream) {
  for (Stage stage :
       {Stage::Float, Stage::Weights, Stage::Activations, Stage::Integer,
        Stage::Loops, Stage::EmitC, Stage::LLVM}) {
    PassManager manager(context, ModuleOp::getOperationName());
    buildStage(stage, options, manager);
    stream << stringifyStage(stage) << ": ";
    manager.printAsTextualPipeline(stream);
    stream << "\n";
  }
}
