//===- smelt-translate.cpp --------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Support/LogicalResult.h"
#include "mlir/Tools/mlir-translate/MlirTranslateMain.h"
#include "smelt/Import/ONNX/ImportONNX.h"
#include "smelt/Target/C/CEmitter.h"

int main(int argc, char **argv) {
  smelt::registerEmitCTranslations();
  smelt::registerONNXTranslation();
  return mlir::failed(
      mlir::mlirTranslateMain(argc, argv, "Smelt's translation driver"));
}
