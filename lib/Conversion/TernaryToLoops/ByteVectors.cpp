//===- ByteVectors.cpp ------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ByteVectors.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace smelt;

VectorType ByteVectors::getType(unsigned width) const {
  return VectorType::get({kLanes}, loops.getInteger(width));
}

Value ByteVectors::splat(Value number) {
  auto type = VectorType::get({kLanes}, number.getType());
  return loops.getBuilder().create<vector::BroadcastOp>(loops.getLocation(),
                                                        type, number);
}

Value ByteVectors::splat(unsigned width, int64_t number) {
  return splat(loops.integer(width, number));
}

Value ByteVectors::bitcast(Value vector, int64_t lanes, unsigned width) {
  auto type = VectorType::get({lanes}, loops.getInteger(width));
  if (vector.getType() == type)
    return vector;
  return loops.getBuilder().create<vector::BitCastOp>(loops.getLocation(), type,
                                                      vector);
}

Value ByteVectors::shuffle(Value first, Value second, ArrayRef<int64_t> lanes) {
  return loops.getBuilder().create<vector::ShuffleOp>(loops.getLocation(),
                                                      first, second, lanes);
}

/// Products of 64 bits fill two vectors: of x86, whose instruction multiplies
/// every second lane, those of even and of odd lanes; or else of halves.
Value ByteVectors::multiplyAddHigh(Value lhs, Value rhs, Value addend) {
  constexpr int64_t kHalf = kLanes / 2;
  bool isX86 = target.architecture == VectorTarget::Architecture::X86;
  auto getLane = [&](int64_t part, int64_t i) {
    return isX86 ? 2 * i + part : part * kHalf + i;
  };
  auto take = [&](Value vector, int64_t part) {
    if (isX86 && getElementTypeOrSelf(vector).isInteger(32)) {
      Value pairs = bitcast(vector, kHalf, 64);
      return loops.shiftRight(part ? pairs : loops.shiftLeft(pairs, 32), 32);
    }
    SmallVector<int64_t> lanes;
    for (int64_t i = 0; i < kHalf; ++i)
      lanes.push_back(getLane(part, i));
    return loops.cast(shuffle(vector, vector, lanes), 64);
  };
  Value words[2];
  for (int64_t part = 0; part < 2; ++part) {
    Value product = loops.mul(take(lhs, part), take(rhs, part));
    words[part] = bitcast(loops.add(product, take(addend, part)), kLanes, 32);
  }
  SmallVector<int64_t> high(kLanes);
  for (int64_t part = 0; part < 2; ++part)
    for (int64_t i = 0; i < kHalf; ++i)
      high[getLane(part, i)] = part * kLanes + 2 * i + 1;
  return shuffle(words[0], words[1], high);
}

Value ByteVectors::load(Value buffer, Value index) {
  auto type = VectorType::get(
      {kLanes}, cast<MemRefType>(buffer.getType()).getElementType());
  return loops.getBuilder().create<vector::LoadOp>(loops.getLocation(), type,
                                                   buffer, index);
}

Value ByteVectors::loadBytes(Value buffer, Value index) {
  auto type = VectorType::get({kBytes}, loops.getInteger(8));
  Value bytes = loops.getBuilder().create<vector::LoadOp>(loops.getLocation(),
                                                          type, buffer, index);
  return bitcast(bytes, kLanes, 32);
}

/// The elements of 4 bytes as one number, which LLVM loads at once.
Value ByteVectors::loadWord(Value buffer, Value index) {
  unsigned width = getElementWidth(buffer);
  Value word;
  for (unsigned shift = 0; shift < 32; shift += width) {
    Value element = loops.load(buffer, loops.add(index, shift / width));
    Value part = loops.shiftLeft(loops.castUnsigned(element, 32), shift);
    word = word ? loops.bitOr(word, part) : part;
  }
  return word;
}

Value ByteVectors::loadFour(Value buffer, Value index) {
  OpBuilder &builder = loops.getBuilder();
  if (!target.hasShortVectors())
    return splat(loadWord(buffer, index));
  Type element = cast<MemRefType>(buffer.getType()).getElementType();
  auto type = VectorType::get({32 / element.getIntOrFloatBitWidth()}, element);
  Value bytes =
      builder.create<vector::LoadOp>(loops.getLocation(), type, buffer, index);
  return splat(builder.create<vector::ExtractOp>(loops.getLocation(),
                                                 bitcast(bytes, 1, 32), 0));
}

void ByteVectors::store(Value vector, Value buffer, Value index) {
  loops.getBuilder().create<vector::StoreOp>(loops.getLocation(), vector,
                                             buffer, index);
}

void ByteVectors::storeBytes(Value vector, Value buffer, Value index) {
  store(bitcast(vector, kBytes, 8), buffer, index);
}

void ByteVectors::storeFirst(Value vector, int64_t count, Value buffer,
                             Value index) {
  OpBuilder &builder = loops.getBuilder();
  int64_t done = 0;
  for (int64_t size = kLanes / 2; size > 0; size /= 2) {
    if (!(count & size))
      continue;
    store(builder.create<vector::ExtractStridedSliceOp>(loops.getLocation(),
                                                        vector, done, size, 1),
          buffer, loops.add(index, done));
    done += size;
  }
}

void ByteVectors::copyFour(Value from, Value fromIndex, Value to,
                           Value toIndex) {
  if (!target.hasShortVectors()) {
    for (int64_t i = 0; i < 4; ++i)
      loops.store(loops.load(from, loops.add(fromIndex, i)), to,
                  loops.add(toIndex, i));
    return;
  }
  auto type = VectorType::get({4}, loops.getInteger(8));
  store(loops.getBuilder().create<vector::LoadOp>(loops.getLocation(), type,
                                                  from, fromIndex),
        to, toIndex);
}

void ByteVectors::prefetch(Value buffer, Value index, Cache cache) {
  loops.getBuilder().create<memref::PrefetchOp>(
      loops.getLocation(), buffer, index, /*isWrite=*/false,
      /*localityHint=*/cache == Cache::First ? 3 : 2, /*isDataCache=*/true);
}

//===----------------------------------------------------------------------===//
// Instructions
//===----------------------------------------------------------------------===//

Value ByteVectors::call(StringRef intrinsic, Value like, ValueRange operands) {
  OpBuilder &builder = loops.getBuilder();
  return builder
      .create<LLVM::CallIntrinsicOp>(loops.getLocation(), like.getType(),
                                     builder.getStringAttr(intrinsic), operands)
      .getResults();
}

/// Calls `part` with the registers of some vectors of 16 lanes; returns what it
/// returns as one vector.
Value ByteVectors::mapRegisters(
    ArrayRef<Value> operands,
    llvm::function_ref<Value(ArrayRef<Value> parts)> part) {
  int64_t lanes = target.registerBits / 32;
  if (lanes == kLanes)
    return part(operands);
  OpBuilder &builder = loops.getBuilder();
  Location location = loops.getLocation();
  Value result = operands.front();
  for (int64_t first = 0; first < kLanes; first += lanes) {
    SmallVector<Value> parts;
    for (Value operand : operands)
      parts.push_back(builder.create<vector::ExtractStridedSliceOp>(
          location, operand, first, lanes, 1));
    result = builder.create<vector::InsertStridedSliceOp>(location, part(parts),
                                                          result, first, 1);
  }
  return result;
}

Value ByteVectors::dot(Value sum, Value unsignedBytes, Value signedBytes,
                       int64_t largest) {
  return mapRegisters(
      {sum, unsignedBytes, signedBytes}, [&](ArrayRef<Value> parts) {
        return instructions->dotBytes(parts[0], parts[1], parts[2], largest);
      });
}

Value ByteVectors::dotWords(Value sum, Value lhs, Value rhs) {
  return mapRegisters({sum, lhs, rhs}, [&](ArrayRef<Value> parts) {
    return instructions->dotWords(parts[0], parts[1], parts[2]);
  });
}

Value ByteVectors::zipToWords(Value first, Value second) {
  SmallVector<int64_t> order;
  for (int64_t lane = 0; lane < kLanes; ++lane)
    order.append({lane, kLanes + lane});
  return bitcast(loops.cast(shuffle(first, second, order), 16), kLanes, 32);
}

void ByteVectors::transpose(MutableArrayRef<Value> rows) {
  // Each round swaps blocks of lanes of rows that are `distance` apart.
  for (int64_t distance = 1; distance < kLanes; distance *= 2) {
    SmallVector<int64_t> low, high;
    for (int64_t lane = 0; lane < kLanes; ++lane) {
      bool isSecond = lane & distance;
      low.push_back(isSecond ? kLanes + lane - distance : lane);
      high.push_back(isSecond ? kLanes + lane : lane + distance);
    }
    for (int64_t row = 0; row < kLanes; ++row) {
      if (row & distance)
        continue;
      Value first = rows[row], second = rows[row + distance];
      rows[row] = shuffle(first, second, low);
      rows[row + distance] = shuffle(first, second, high);
    }
  }
}

Value ByteVectors::subtractBytes(Value vector, int64_t number) {
  Value bytes = bitcast(vector, kBytes, 8);
  return toLanes(
      loops.sub(bytes, loops.constant(bytes, static_cast<int8_t>(number))));
}

Value ByteVectors::constantBytes(ArrayRef<int8_t> bytes) {
  auto type = VectorType::get({kBytes}, loops.getInteger(8));
  Value constant = loops.getBuilder().create<arith::ConstantOp>(
      loops.getLocation(), DenseElementsAttr::get(type, bytes));
  return bitcast(constant, kLanes, 32);
}

Value ByteVectors::constantLanes(ArrayRef<int32_t> lanes) {
  return loops.getBuilder().create<arith::ConstantOp>(
      loops.getLocation(), DenseElementsAttr::get(getType(32), lanes));
}

Value ByteVectors::shuffleBytes(Value vector, ArrayRef<int64_t> indices) {
  Value bytes = bitcast(vector, kBytes, 8);
  return toLanes(shuffle(bytes, bytes, indices));
}

Value ByteVectors::lookUp(ArrayRef<int8_t> table, Value indices) {
  return mapRegisters({indices}, [&](ArrayRef<Value> parts) {
    return instructions->lookUp(table, parts.front());
  });
}

Value ByteVectors::lookUpSigned(ArrayRef<Value> table, Value indices) {
  Value bytes = bitcast(indices, kBytes, 8);
  // The low 7 bits of a byte are a place in the half that its sign chooses.
  auto lookUpHalf = [&](Value first, Value second) {
    return call("llvm.x86.avx512.vpermi2var.qi.512", bytes,
                {bitcast(first, kBytes, 8), bytes, bitcast(second, kBytes, 8)});
  };
  Value isNegative = loops.less(bytes, loops.constant(bytes, 0),
                                /*isSigned=*/true);
  return toLanes(loops.select(isNegative, lookUpHalf(table[0], table[1]),
                              lookUpHalf(table[2], table[3])));
}

Value ByteVectors::lookUpWords(Value table, Value indices) {
  return call("llvm.x86.avx512.permvar.hi.512", table, {table, indices});
}

Value ByteVectors::packWords(Value first, Value second) {
  auto type = VectorType::get({2 * kLanes}, loops.getInteger(16));
  OpBuilder &builder = loops.getBuilder();
  return builder
      .create<LLVM::CallIntrinsicOp>(
          loops.getLocation(), type,
          builder.getStringAttr("llvm.x86.avx512.packssdw.512"),
          ValueRange{first, second})
      .getResults();
}
