//===- TernaryDialect.cpp ---------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Dialect/Ternary/IR/TernaryDialect.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "smelt/Dialect/Ternary/IR/TernaryOps.h"

using namespace mlir;
using namespace smelt::ternary;

#include "smelt/Dialect/Ternary/IR/TernaryDialect.cpp.inc"

void TernaryDialect::initialize() {
  registerTypes();
  registerAttributes();
  addOperations<
#define GET_OP_LIST
#include "smelt/Dialect/Ternary/IR/TernaryOps.cpp.inc"
      >();
}

Operation *TernaryDialect::materializeConstant(OpBuilder &builder,
                                               Attribute value, Type type,
                                               Location location) {
  auto elements = dyn_cast<ElementsAttr>(value);
  if (!elements || elements.getType() != type)
    return nullptr;
  return builder.create<tosa::ConstOp>(location, type, elements);
}
