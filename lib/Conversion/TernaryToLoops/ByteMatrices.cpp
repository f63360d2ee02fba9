//===- ByteMatrices.cpp -----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ByteMatrices.h"
#include "HelperFunctions.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace smelt;

void ByteMatrices::call(StringRef intrinsic, ValueRange operands) {
  OpBuilder &builder = loops.getBuilder();
  builder.create<LLVM::CallIntrinsicOp>(loops.getLocation(), /*results=*/Type(),
                                        builder.getStringAttr(intrinsic),
                                        operands, LLVM::FastmathFlagsAttr());
}

Value ByteMatrices::getAddress(Value buffer, Value index) {
  OpBuilder &builder = loops.getBuilder();
  Location location = loops.getLocation();
  int64_t size = getElementWidth(buffer) / 8;
  Value start =
      builder.create<memref::ExtractAlignedPointerAsIndexOp>(location, buffer);
  Value address = loops.add(start, loops.mul(index, size));
  return builder.create<LLVM::IntToPtrOp>(
      location, LLVM::LLVMPointerType::get(builder.getContext()),
      builder.create<arith::IndexCastOp>(location, loops.getInteger(64),
                                         address));
}

void ByteMatrices::begin(ByteVectors &vectors) {
  if (target.mustAskForMatrices)
    askForMatrices(loops);
  // Palette 1; at 16, the bytes of a row of each register in 16 bits; at 48,
  // the rows of each (Intel's manual, "TILECFG").
  SmallVector<int8_t> bytes(ByteVectors::kBytes);
  bytes[0] = 1;
  for (int64_t i = 0; i < kRegisters; ++i) {
    bytes[16 + 2 * i] = ByteVectors::kBytes;
    bytes[48 + i] = kRows;
  }
  Value shapes = loops.allocate(ByteVectors::kBytes, 8);
  vectors.storeBytes(vectors.constantBytes(bytes), shapes, loops.index(0));
  call("llvm.x86.ldtilecfg", getAddress(shapes, loops.index(0)));
}

void ByteMatrices::end() { call("llvm.x86.tilerelease", {}); }

void ByteMatrices::clear(int64_t i) { call("llvm.x86.tilezero", number(i)); }

void ByteMatrices::load(int64_t i, Value buffer, Value index, int64_t stride) {
  call("llvm.x86.tileloadd64",
       {number(i), getAddress(buffer, index), loops.integer(64, stride)});
}

void ByteMatrices::store(int64_t i, Value buffer, Value index, int64_t stride) {
  call("llvm.x86.tilestored64",
       {number(i), getAddress(buffer, index), loops.integer(64, stride)});
}

void ByteMatrices::multiply(int64_t sums, int64_t rows, int64_t columns) {
  call("llvm.x86.tdpbssd", {number(sums), number(rows), number(columns)});
}
