//===- VerifyInteger.cpp ----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/AttrTypeSubElements.h"
#include "smelt/Dialect/Ternary/IR/TernaryOps.h"
#include "smelt/Dialect/Ternary/Transforms/Passes.h"

namespace smelt::ternary {
#define GEN_PASS_DEF_TERNARYVERIFYINTEGER
#include "smelt/Dialect/Ternary/Transforms/Passes.h.inc"
} // namespace smelt::ternary

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

namespace {
class VerifyInteger
    : public smelt::ternary::impl::TernaryVerifyIntegerBase<VerifyInteger> {
public:
  using TernaryVerifyIntegerBase::TernaryVerifyIntegerBase;
  void runOnOperation() override;
};
} // namespace

template <typename T> static Type findFloat(T root) {
  Type found;
  AttrTypeWalker walker;
  walker.addWalk([&](FloatType type) {
    found = type;
    return WalkResult::interrupt();
  });
  walker.addWalk(
      [&](TypedAttr attribute) { return walker.walk(attribute.getType()); });
  walker.walk(root);
  return found;
}

/// Whether an attribute may be a float: metadata, and the float bounds that an
/// integer `tosa.clamp` carries.
static bool isExempt(Operation *op, StringRef name) {
  if (name.starts_with("smelt."))
    return true;
  return isa<tosa::ClampOp>(op) && (name == "min_fp" || name == "max_fp");
}

/// The first float type in `attribute`, entered as far as names are needed.
static Type findFloat(Operation *op, StringRef name, Attribute attribute) {
  if (isExempt(op, name))
    return {};
  if (auto dictionary = dyn_cast<DictionaryAttr>(attribute)) {
    for (NamedAttribute entry : dictionary)
      if (Type type = findFloat(op, entry.getName(), entry.getValue()))
        return type;
    return {};
  }
  if (auto array = dyn_cast<ArrayAttr>(attribute)) {
    for (Attribute element : array)
      if (Type type = findFloat(op, "", element))
        return type;
    return {};
  }
  return findFloat(attribute);
}

static LogicalResult verifyOp(Operation *op) {
  for (Value operand : op->getOperands())
    if (findFloat(operand.getType()))
      return op->emitOpError("has an operand of type ") << operand.getType();
  for (Type type : op->getResultTypes())
    if (findFloat(type))
      return op->emitOpError("has a result of type ") << type;
  for (Region &region : op->getRegions())
    for (Block &block : region)
      for (BlockArgument argument : block.getArguments())
        if (findFloat(argument.getType()))
          return op->emitOpError("has an argument of type ")
                 << argument.getType();
  for (NamedAttribute attribute : op->getAttrs())
    if (Type type = findFloat(op, attribute.getName(), attribute.getValue()))
      return op->emitOpError("has the type ")
             << type << " in attribute '" << attribute.getName().strref()
             << "'";
  return success();
}

void VerifyInteger::runOnOperation() {
  bool isInteger = true;
  getOperation()->walk(
      [&](Operation *op) { isInteger &= succeeded(verifyOp(op)); });
  if (!isInteger)
    signalPassFailure();
}
