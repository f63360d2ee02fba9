//===- ReportWeights.cpp ----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A plugin for smelt-opt: the pass report-weights writes into the attribute
// `report.zeros` how many weights of a layer are zero, and the dialect `report`
// says what that attribute may be.
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/Builders.h"
#include "mlir/Pass/Pass.h"
#include "mlir/Tools/Plugins/DialectPlugin.h"
#include "mlir/Tools/Plugins/PassPlugin.h"
#include "smelt/Dialect/Ternary/IR/TernaryOps.h"
#include "smelt/Support/Constants.h"
#include "smelt/Support/WeightPacking.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Compiler.h"

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

namespace {
class ReportWeights : public PassWrapper<ReportWeights, OperationPass<>> {
public:
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(ReportWeights)

  StringRef getArgument() const override { return "report-weights"; }
  StringRef getDescription() const override {
    return "Count the weights that are zero";
  }

  void runOnOperation() override {
    getOperation()->walk([&](WeightsOp op) {
      std::optional<std::vector<int8_t>> bytes = readBytes(op.getData());
      if (!bytes) {
        op.emitOpError("has no readable data");
        return signalPassFailure();
      }
      int64_t zeros = llvm::count(unpackWeights(op.getType(), *bytes), 0);
      op->setAttr("report.zeros", Builder(op).getI64IntegerAttr(zeros));
    });
  }
};

class ReportDialect : public Dialect {
public:
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(ReportDialect)

  static StringRef getDialectNamespace() { return "report"; }

  explicit ReportDialect(MLIRContext *context)
      : Dialect(getDialectNamespace(), context, TypeID::get<ReportDialect>()) {}

  LogicalResult verifyOperationAttribute(Operation *op,
                                         NamedAttribute attribute) override {
    if (!isa<IntegerAttr>(attribute.getValue()))
      return op->emitOpError()
             << "attribute " << attribute.getName() << " must be an integer";
    return success();
  }
};
} // namespace

extern "C" LLVM_ATTRIBUTE_WEAK PassPluginLibraryInfo mlirGetPassPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "ReportWeights", "1",
          [] { PassRegistration<ReportWeights>(); }};
}

extern "C" LLVM_ATTRIBUTE_WEAK DialectPluginLibraryInfo
mlirGetDialectPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "ReportWeights", "1",
          [](DialectRegistry *registry) { registry->insert<ReportDialect>(); }};
}
