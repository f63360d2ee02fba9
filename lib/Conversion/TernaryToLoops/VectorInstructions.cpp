//===- VectorInstructions.cpp -----------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VectorInstructions.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace smelt;

std::unique_ptr<VectorInstructions>
VectorInstructions::create(LoopBuilder &loops, const VectorTarget &target) {
  switch (target.architecture) {
  case VectorTarget::Architecture::X86:
    return createX86Instructions(loops, target);
  case VectorTarget::Architecture::AArch64:
  case VectorTarget::Architecture::ARM:
    return createNeonInstructions(loops, target);
  case VectorTarget::Architecture::WebAssembly:
    return createWebAssemblyInstructions(loops, target);
  }
  llvm_unreachable("unknown architecture");
}

Value VectorInstructions::dotBytesAsWords(
    Value sum, Value unsignedBytes, Value signedBytes,
    llvm::function_ref<Value(Value lhs, Value rhs)> multiplyPairs) {
  Value codes = bitcast(unsignedBytes, 16), inputs = bitcast(signedBytes, 16);
  Value even = multiplyPairs(loops.bitAnd(codes, 255),
                             loops.shiftRight(loops.shiftLeft(inputs, 8), 8));
  Value odd = multiplyPairs(loops.shiftRightUnsigned(codes, 8),
                            loops.shiftRight(inputs, 8));
  return loops.add(sum, loops.add(even, odd));
}

Value VectorInstructions::call(StringRef intrinsic, Value like,
                               ValueRange operands) {
  OpBuilder &builder = loops.getBuilder();
  return builder
      .create<LLVM::CallIntrinsicOp>(loops.getLocation(), like.getType(),
                                     builder.getStringAttr(intrinsic), operands)
      .getResults();
}

Value VectorInstructions::bitcast(Value vector, unsigned width) {
  auto from = cast<VectorType>(vector.getType());
  if (from.getElementTypeBitWidth() == width)
    return vector;
  int64_t bits = from.getNumElements() * from.getElementTypeBitWidth();
  auto type = VectorType::get({bits / width}, loops.getInteger(width));
  return loops.getBuilder().create<vector::BitCastOp>(loops.getLocation(), type,
                                                      vector);
}

Value VectorInstructions::constantBytes(ArrayRef<int8_t> bytes) {
  auto type = VectorType::get({static_cast<int64_t>(bytes.size())},
                              loops.getInteger(8));
  return loops.getBuilder().create<arith::ConstantOp>(
      loops.getLocation(), DenseElementsAttr::get(type, bytes));
}

Value VectorInstructions::slice(Value vector, int64_t first, int64_t count) {
  return loops.getBuilder().create<vector::ExtractStridedSliceOp>(
      loops.getLocation(), vector, first, count, 1);
}

static int64_t countElements(Value vector) {
  return cast<VectorType>(vector.getType()).getNumElements();
}

Value VectorInstructions::lowHalf(Value vector) {
  return slice(vector, 0, countElements(vector) / 2);
}

Value VectorInstructions::highHalf(Value vector) {
  int64_t half = countElements(vector) / 2;
  return slice(vector, half, half);
}

Value VectorInstructions::concatenate(Value low, Value high) {
  SmallVector<int64_t> all =
      llvm::to_vector(llvm::seq<int64_t>(0, 2 * countElements(low)));
  return loops.getBuilder().create<vector::ShuffleOp>(loops.getLocation(), low,
                                                      high, all);
}
