//===- Registration.cpp -----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/Tools/mlir-translate/Translation.h"
#include "smelt/Dialect/Ternary/IR/TernaryDialect.h"
#include "smelt/Driver/Diagnostics.h"
#include "smelt/Import/ONNX/ImportONNX.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/SourceMgr.h"

using namespace mlir;
using namespace smelt;

static llvm::cl::list<std::string> &dimensionOption() {
  static llvm::cl::list<std::string> option(
      "dim", llvm::cl::desc("Size of a symbolic dimension of an ONNX model"),
      llvm::cl::value_desc("NAME=SIZE"));
  return option;
}

static OwningOpRef<Operation *>
translate(const std::shared_ptr<llvm::SourceMgr> &sources,
          MLIRContext *context) {
  StringRef path =
      sources->getMemoryBuffer(sources->getMainFileID())->getBufferIdentifier();
  DiagnosticPrinter printer(context);
  ONNXImportOptions options;
  for (const std::string &text : dimensionOption())
    if (failed(parseDimension(text, options))) {
      emitError(UnknownLoc::get(context))
          << "cannot read --dim " << text << ": write --dim NAME=SIZE";
      return nullptr;
    }
  OwningOpRef<ModuleOp> module = importONNX(path, options, context);
  return OwningOpRef<Operation *>(module.release());
}

void smelt::registerONNXTranslation() {
  (void)dimensionOption();
  static TranslateToMLIRRegistration registration(
      "import-onnx", "Import an ONNX model", translate,
      [](DialectRegistry &registry) {
        registry.insert<func::FuncDialect, tosa::TosaDialect,
                        ternary::TernaryDialect>();
      });
}
