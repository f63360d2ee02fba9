//===- Network.cpp ----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Driver/Network.h"
#include "mlir/Parser/Parser.h"
#include "smelt/Driver/Calibrate.h"
#include "smelt/Driver/ChoosePrecision.h"
#include "smelt/Driver/Diagnostics.h"
#include "smelt/Driver/Signature.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace smelt;

std::string smelt::makeSymbolName(StringRef path) {
  std::string name;
  for (char c : llvm::sys::path::stem(path))
    name += llvm::isAlnum(c) ? c : '_';
  if (name.empty() || llvm::isDigit(name.front()))
    name = "model_" + name;
  return name;
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
  return module.getOps<func::FuncOp>().empty() ? Stage::LLVM : Stage::Import;
}

FailureOr<std::unique_ptr<Network>> Network::load(const ModelOptions &options,
                                                  MLIRContext *context) {
  StringRef path = options.path;
  if (std::error_code code =
          llvm::sys::fs::access(path, llvm::sys::fs::AccessMode::Exist))
    return reportError(path, code.message());
  if (llvm::sys::fs::is_directory(path))
    return reportError(path, "is a directory");
  std::unique_ptr<Network> network(new Network(options));
  StringRef extension = llvm::sys::path::extension(path);
  if (extension == ".mlir") {
    network->module = parseSourceFile<ModuleOp>(path, context);
    if (!network->module)
      return failure();
    network->stage = findStage(*network->module);
    return network;
  }
  return reportError(path, "models are read from .onnx and .mlir files");
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

LogicalResult Network::enter(Stage next) {
  if (next == Stage::Weights && options.maxError) {
    FailureOr<std::vector<std::string>> rules =
        choosePrecisions(*this, *options.maxError);
    return failed(rules) ? failure() : quantizeWeights(*rules);
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
  static constexpr Stage order[] = {Stage::Float,       Stage::Weights,
                                    Stage::Activations, Stage::Integer,
                                    Stage::Loops,       Stage::LLVM};
  if (target < stage)
    return reportError(options.path, "is already past the stage '" +
                                         stringifyStage(target) + "'");
  for (Stage next : order)
    if (next > stage && (next <= target))
      if (failed(enter(next)))
        return failure();
  return success();
}

void smelt::printPipelines(const ModelOptions &options, MLIRContext *context,
                           llvm::raw_ostream &stream) {
  for (Stage stage : {Stage::Float, Stage::Weights, Stage::Activations,
                      Stage::Integer, Stage::Loops, Stage::LLVM}) {
    PassManager manager(context, ModuleOp::getOperationName());
    buildStage(stage, options, manager);
    stream << stringifyStage(stage) << ": ";
    manager.printAsTextualPipeline(stream);
    stream << "\n";
  }
}
