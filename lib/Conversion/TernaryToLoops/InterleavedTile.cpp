//===- InterleavedTile.cpp --------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "InterleavedTile.h"

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

Value InterleavedTile::loadPart(Value blockByte, int64_t part) {
  return vectors.loadBytes(
      bytes, loops.add(blockByte, part * WeightsType::kPartBytes));
}

int64_t InterleavedTile::getLargestCode() const {
  switch (type.getLayout()) {
  case Layout::Int8:
    return 255;
  case Layout::Int4:
    return isInPlace(1) ? 240 : 15;
  default:
    return isInPlace(3) ? 128 : 32;
  }
}

bool InterleavedTile::isInPlace(int64_t quad) const {
  int64_t perByte = type.getLayout() == Layout::Int4 ? 2 : 4;
  return quad % perByte != perByte - 1 ||
         vectors.getTarget().multipliesUnsigned();
}

int64_t InterleavedTile::getScale(int64_t quad) const {
  if (!isInPlace(quad))
    return 0;
  switch (type.getLayout()) {
  case Layout::Int4:
    return 4 * (quad % 2);
  case Layout::TwoBit:
    return 2 * (quad % 4);
  default:
    return 0;
  }
}

int64_t InterleavedTile::getNumSums() const {
  return type.getLayout() == Layout::Base3 ? 6 : 4;
}

Value InterleavedTile::combine(ArrayRef<Value> sums) {
  Value result;
  for (auto [i, sum] : llvm::enumerate(sums)) {
    Value part = getScale(i) ? loops.shiftRight(sum, getScale(i)) : sum;
    result = result ? loops.add(result, part) : part;
  }
  return result;
}

void InterleavedTile::prefetchPart(Value blockByte, int64_t part) {
  const VectorTarget &target = vectors.getTarget();
  int64_t byte = part * WeightsType::kPartBytes;
  if (int64_t near = target.prefetchDistance)
    vectors.prefetch(bytes, loops.add(blockByte, byte + near));
  if (int64_t far = target.farPrefetchDistance)
    vectors.prefetch(bytes, loops.add(blockByte, byte + far),
                     ByteVectors::Cache::Second);
}

InterleavedTile::Parts InterleavedTile::loadParts(Value blockByte) {
  Parts parts;
  for (auto [i, part] : llvm::enumerate(parts))
    part = loadPart(blockByte, i);
  return parts;
}

/// Each part has a field in its low 5 bits. The other three are put together
/// from what the parts have above.
void InterleavedTile::forEachField(const Parts &parts, FieldFn body) {
  for (auto [i, part] : llvm::enumerate(parts))
    body(i, part);
  // Shifts of signed numbers leave no bits of which LLVM knows that they are 0,
  // for which it would take the choice of bits apart.
  auto choose = [&](int32_t bits, Value ones, Value zeros) {
    return loops.bitOr(loops.bitAnd(ones, vectors.splat(32, bits)),
                       loops.bitAnd(zeros, vectors.splat(32, ~bits)));
  };
  auto putTogether = [&](Value high, Value low) {
    return choose(0x1c1c1c1c, loops.shiftRight(high, 3), low);
  };
  body(5, putTogether(parts[0], loops.shiftRight(parts[1], 6)));
  body(6, putTogether(parts[2], loops.shiftRight(parts[3], 6)));
  body(7,
       putTogether(parts[4], choose(0x01010101, loops.shiftRight(parts[1], 5),
                                    loops.shiftRight(parts[3], 4))));
}

void InterleavedTile::forEachBase3Quad(Value blockByte, QuadFn body) {
  int8_t digits[3][32];
  for (int field = 0; field < 32; ++field)
    for (int digit = 0, rest = field; digit < 3; ++digit, rest /= 3)
      digits[digit][field] = static_cast<int8_t>(rest % 3);
  Parts parts = loadParts(blockByte);
  forEachField(parts, [&](int64_t i, Value field) {
    if (i < static_cast<int64_t>(parts.size()))
      prefetchPart(blockByte, i);
    for (int64_t digit = 0; digit < 3; ++digit)
      body(3 * i + digit, vectors.lookUp(digits[digit], field));
  });
}

/// Codes of 2 or 4 bits, in a byte as many as there are quads in a part. They
/// are shifted down only if `isExact`, or where they would be negative.
void InterleavedTile::forEachFieldQuad(Value blockByte, bool isExact,
                                       QuadFn body) {
  int64_t bits = type.getLayout() == Layout::Int4 ? 4 : 2;
  int64_t perByte = 8 / bits;
  uint32_t mask = 0x01010101u * ((1u << bits) - 1);
  Value part;
  for (int64_t quad = 0; quad < getBlockQuads(); ++quad) {
    int64_t shift = quad % perByte * bits;
    if (shift == 0) {
      prefetchPart(blockByte, quad / perByte);
      part = loadPart(blockByte, quad / perByte);
    }
    bool isShifted = isExact || !isInPlace(quad);
    Value field = isShifted ? loops.shiftRightUnsigned(part, shift) : part;
    auto inPlace = static_cast<int32_t>(isShifted ? mask : mask << shift);
    body(quad, loops.bitAnd(field, vectors.splat(32, inPlace)));
  }
}

void InterleavedTile::forEachCodes(Value blockByte, bool isExact, QuadFn body) {
  switch (type.getLayout()) {
  case Layout::Base3:
    return forEachBase3Quad(blockByte, body);
  case Layout::Int8:
    for (int64_t quad = 0; quad < getBlockQuads(); ++quad) {
      prefetchPart(blockByte, quad);
      body(quad, loadPart(blockByte, quad));
    }
    return;
  default:
    return forEachFieldQuad(blockByte, isExact, body);
  }
}
