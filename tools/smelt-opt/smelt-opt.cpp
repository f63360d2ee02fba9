//===- smelt-opt.cpp --------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "smelt/Conversion/Passes.h"
#include "smelt/Dialect/Ternary/IR/TernaryDialect.h"
#include "smelt/Dialect/Ternary/Transforms/BufferizableOpInterfaceImpl.h"
#include "smelt/Dialect/Ternary/Transforms/Passes.h"
#include "smelt/Pipelines/FloatPipeline.h"
#include "smelt/Pipelines/Pipelines.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  registry.insert<smelt::ternary::TernaryDialect>();
  smelt::ternary::registerBufferizableOpInterfaceExternalModels(registry);

  mlir::registerAllPasses();
  smelt::registerSmeltConversionPasses();
  smelt::ternary::registerTernaryPasses();
  smelt::registerFloatPipelines();
  smelt::registerNetworkPipelines();
  smelt::registerPipelines();
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "Smelt's optimizer driver\n", registry));
}
