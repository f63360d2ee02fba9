//===- Signature.cpp --------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Driver/Signature.h"

#include "smelt/Dialect/Ternary/Transforms/Passes.h"

using namespace mlir;
using namespace smelt;

int64_t Port::getNumElements() const {
  int64_t count = 1;
  for (int64_t size : shape)
    count *= size;
  return count;
}

/// Whether a function has no results but state.
static bool fillsState(func::FuncOp function) {
  unsigned count = function.getNumResults();
  return count != 0 && llvm::all_of(llvm::seq(count), [&](unsigned i) {
           return function.getResultAttr(i, "smelt.state");
         });
}

/// Whether a function keeps the state of several sequences.
static bool keepsSequences(func::FuncOp function) {
  return ternary::getNumSequences(function) > 1;
}

/// Whether a function keeps state, takes several tokens, and has results.
static bool verifiesTokens(func::FuncOp function) {
  if (function.getNumArguments() == 0 || fillsState(function) ||
      keepsSequences(function) || ternary::getStateSize(function) == 0)
    return false;
  auto tokens = dyn_cast<ShapedType>(function.getArgumentTypes().front());
  return tokens && tokens.hasStaticShape() && tokens.getNumElements() > 1;
}

static func::FuncOp findPublic(ModuleOp module,
                               llvm::function_ref<bool(func::FuncOp)> isOne) {
  for (auto function : module.getOps<func::FuncOp>())
    if (function.isPublic() && !function.isExternal() && isOne(function))
      return function;
  return {};
}

func::FuncOp smelt::findPrefill(ModuleOp module) {
  return findPublic(module, fillsState);
}

func::FuncOp smelt::findVerify(ModuleOp module) {
  return findPublic(module, verifiesTokens);
}

func::FuncOp smelt::findBatch(ModuleOp module) {
  return findPublic(module, keepsSequences);
}

FailureOr<func::FuncOp> smelt::findEntry(ModuleOp module) {
  func::FuncOp entry;
  for (auto function : module.getOps<func::FuncOp>()) {
    if (function.isExternal() || !function.isPublic() || fillsState(function) ||
        keepsSequences(function) || verifiesTokens(function))
      continue;
    if (entry)
      return module.emitError("has more than one public function");
    entry = function;
  }
  if (!entry)
    return module.emitError("has no public function");
  return entry;
}

std::optional<ElementKind> smelt::getElementKind(Type type, bool isUnsigned) {
  if (type.isF32())
    return ElementKind::F32;
  if (type.isF64())
    return ElementKind::F64;
  if (type.isInteger(1) || type.isUnsignedInteger(8))
    return ElementKind::U8;
  if (type.isInteger(8))
    return isUnsigned ? ElementKind::U8 : ElementKind::I8;
  if (type.isInteger(16) && !isUnsigned)
    return ElementKind::I16;
  if (type.isInteger(32))
    return ElementKind::I32;
  if (type.isInteger(64))
    return ElementKind::I64;
  return std::nullopt;
}

static FailureOr<Port> readPort(func::FuncOp function, Type type,
                                DictionaryAttr attributes, StringRef kind,
                                unsigned index) {
  Port port;
  auto name = attributes ? attributes.getAs<StringAttr>("smelt.name") : nullptr;
  port.name = name ? name.str() : (kind + Twine(index)).str();
  auto tensor = dyn_cast<RankedTensorType>(type);
  bool isUnsigned = attributes && attributes.contains("smelt.unsigned");
  std::optional<ElementKind> element =
      tensor && tensor.hasStaticShape()
          ? getElementKind(tensor.getElementType(), isUnsigned)
          : std::nullopt;
  if (!element)
    return function.emitError() << kind << " '" << port.name
                                << "' cannot be passed: its type is " << type;
  port.kind = *element;
  port.shape = SmallVector<int64_t>(tensor.getShape());
  if (!attributes)
    return port;
  if (auto scale = attributes.getAs<FloatAttr>("smelt.scale")) {
    port.isQuantized = true;
    port.scale = scale.getValueAsDouble();
  }
  if (auto zeroPoint = attributes.getAs<IntegerAttr>("smelt.zero_point"))
    port.zeroPoint = zeroPoint.getInt();
  return port;
}

FailureOr<Signature> smelt::readSignature(func::FuncOp function) {
  Signature signature;
  FunctionType type = function.getFunctionType();
  signature.stateBytes = ternary::getStateSize(function);
  for (unsigned i = 0; i < type.getNumInputs(); ++i) {
    if (function.getArgAttr(i, "smelt.state"))
      continue;
    FailureOr<Port> port = readPort(function, type.getInput(i),
                                    function.getArgAttrDict(i), "input", i);
    if (failed(port))
      return failure();
    signature.inputs.push_back(*port);
  }
  for (unsigned i = 0; i < type.getNumResults(); ++i) {
    if (function.getResultAttr(i, "smelt.state"))
      continue;
    FailureOr<Port> port = readPort(function, type.getResult(i),
                                    function.getResultAttrDict(i), "output", i);
    if (failed(port))
      return failure();
    signature.outputs.push_back(*port);
  }
  return signature;
}
