//===- FloatRows.cpp --------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Import/HuggingFace/Safetensors.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/ErrorHandling.h"
#include <cassert>
#include <cmath>

using namespace smelt::hf;
using namespace llvm::support;
using llvm::MutableArrayRef;

bool smelt::hf::isReadableFloat(ElementType type) {
  return type == ElementType::F16 || type == ElementType::BF16 ||
         type == ElementType::F32 || type == ElementType::F64;
}

static float floatOfHalf(uint16_t half) {
  uint32_t sign = uint32_t(half & 0x8000) << 16;
  uint32_t exponent = (half >> 10) & 0x1f;
  uint32_t fraction = half & 0x3ff;
  if (exponent == 0) {
    // A multiple of the smallest half, 2^-24; exact in f32.
    float magnitude = static_cast<float>(fraction) * 0x1p-24f;
    return sign ? -magnitude : magnitude;
  }
  uint32_t wide = exponent == 0x1f ? 0xff : exponent + (127 - 15);
  return llvm::bit_cast<float>(sign | wide << 23 | fraction << 13);
}

template <typename Convert>
static void readEach(const uint8_t *bytes, size_t width,
                     MutableArrayRef<float> result, Convert convert) {
  for (float &value : result) {
    value = convert(bytes);
    bytes += width;
  }
}

void smelt::hf::readFloats(const TensorView &tensor, int64_t first,
                           MutableArrayRef<float> result) {
  size_t width = getBits(tensor.type) / 8;
  assert(first >= 0 && (first + result.size()) * width <= tensor.bytes.size());
  const uint8_t *bytes = tensor.bytes.data() + first * width;
  switch (tensor.type) {
  case ElementType::F16:
    return readEach(bytes, width, result, [](const uint8_t *from) {
      return floatOfHalf(endian::read16le(from));
    });
  case ElementType::BF16:
    return readEach(bytes, width, result, [](const uint8_t *from) {
      return llvm::bit_cast<float>(uint32_t(endian::read16le(from)) << 16);
    });
  case ElementType::F32:
    return readEach(bytes, width, result, [](const uint8_t *from) {
      return llvm::bit_cast<float>(endian::read32le(from));
    });
  case ElementType::F64:
    return readEach(bytes, width, result, [](const uint8_t *from) {
      return static_cast<float>(llvm::bit_cast<double>(endian::read64le(from)));
    });
  default:
    llvm_unreachable("not a float type that is read");
  }
}
