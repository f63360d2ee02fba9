//===- Network.h ------------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_DRIVER_NETWORK_H
#define SMELT_DRIVER_NETWORK_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Pass/PassManager.h"
#include "smelt/Driver/Options.h"

namespace smelt {

/// Registers every dialect and interface that the driver's stages use.
void registerDriverDialects(mlir::DialectRegistry &registry);

/// The strategy that `auto` stands for where kernels may use these features:
/// `dot` where there are vectors of bytes, or for a model that no cache holds
/// `base3` where digits can be looked up; `axpy` elsewhere.
std::string chooseStrategy(llvm::ArrayRef<std::string> features,
                           bool isLargeModel);

/// Lets kernels use vectors of a processor, and chooses the strategy for it.
void useVectors(std::vector<std::string> features, ModelOptions &model);

/// Makes a model's code for a target, of which kernels use the vectors.
void useTarget(const NativeTarget &target, ModelOptions &model);

/// Lets the kernels of C use words of several lanes where the target has no
/// vectors that a C compiler could use.
void useWords(const NativeTarget &target, ModelOptions &model);

/// A model on its way from one stage to the next.
class Network {
public:
  /// Reads a model.
  static mlir::FailureOr<std::unique_ptr<Network>>
  load(const ModelOptions &options, mlir::MLIRContext *context);

  /// Runs the passes up to a stage, which is not before the present one.
  mlir::LogicalResult advanceTo(Stage stage);

  /// Quantizes the weights of a float network as its options say, and then by
  /// these rules for layers that no option names.
  mlir::LogicalResult quantizeWeights(llvm::ArrayRef<std::string> rules);

  mlir::ModuleOp getModule() { return *module; }
  Stage getStage() const { return stage; }
  const ModelOptions &getOptions() const { return options; }

  /// A copy that goes on separately.
  std::unique_ptr<Network> clone() const;

  /// Makes the code for a target, in stages still to come.
  void useTarget(const NativeTarget &target) {
    smelt::useTarget(target, options);
  }

private:
  explicit Network(const ModelOptions &options) : options(options) {}
  mlir::LogicalResult enter(Stage next);

  ModelOptions options;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  Stage stage = Stage::Import;
};

/// Adds the passes that lead to a stage from the one before it.
void buildStage(Stage stage, const ModelOptions &options,
                mlir::OpPassManager &manager);

/// Prints the passes of every stage.
void printPipelines(const ModelOptions &options, mlir::MLIRContext *context,
                    llvm::raw_ostream &stream);

/// Makes the target that a model is compiled for, and tells the model of its
/// pointers.
mlir::FailureOr<NativeTarget> selectTarget(const MachineOptions &options,
                                           ModelOptions &model,
                                           mlir::MLIRContext *context);

/// Lets the kernels of a model that this process runs use its processor's
/// vectors, as far as `machine` has them.
mlir::LogicalResult selectHostVectors(const MachineOptions &machine,
                                      ModelOptions &model,
                                      mlir::MLIRContext *context);

/// The name of a model's compiled function; those of a language model have
/// endings.
std::string getFunctionName(const ModelOptions &options);
constexpr llvm::StringLiteral kDecodeSuffix = "_decode";
constexpr llvm::StringLiteral kPrefillSuffix = "_prefill";
constexpr llvm::StringLiteral kVerifySuffix = "_verify";
constexpr llvm::StringLiteral kBatchSuffix = "_batch";

/// A C identifier made of the file name of a model.
std::string makeSymbolName(llvm::StringRef path);

} // namespace smelt

#endif
