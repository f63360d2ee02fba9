//===- VectorInstructions.h -------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_LIB_CONVERSION_TERNARYTOLOOPS_VECTORINSTRUCTIONS_H
#define SMELT_LIB_CONVERSION_TERNARYTOLOOPS_VECTORINSTRUCTIONS_H

#include "LoopBuilder.h"
#include "smelt/Conversion/VectorTarget.h"
#include <memory>

namespace smelt {

/// What processors have instructions for that vectors of MLIR have no ops for.
/// Operands are vectors of one register; `sum` has lanes of i32, of which each
/// takes the products of 4 bytes or 2 words of the others.
class VectorInstructions {
public:
  using Value = mlir::Value;

  static std::unique_ptr<VectorInstructions> create(LoopBuilder &loops,
                                                    const VectorTarget &target);
  virtual ~VectorInstructions() = default;

  /// `sum` plus the products of unsigned and signed bytes. No unsigned byte is
  /// larger than `largest`.
  virtual Value dotBytes(Value sum, Value unsignedBytes, Value signedBytes,
                         int64_t largest) = 0;
  /// `sum` plus the products of signed words.
  virtual Value dotWords(Value sum, Value lhs, Value rhs) = 0;
  /// The bytes of a table of 32 entries at the low 5 bits of each byte of lanes
  /// of i32; only where the target `hasTableOf32`.
  virtual Value lookUp(llvm::ArrayRef<int8_t> table, Value indices) = 0;

protected:
  VectorInstructions(LoopBuilder &loops, const VectorTarget &target)
      : loops(loops), target(target) {}

  /// `dotBytes` by the products of words, of which `multiplyPairs` adds two
  /// neighbours' in each lane of i32.
  Value dotBytesAsWords(
      Value sum, Value unsignedBytes, Value signedBytes,
      llvm::function_ref<Value(Value lhs, Value rhs)> multiplyPairs);
  /// Calls an intrinsic of LLVM's whose result has the type of `like`.
  Value call(llvm::StringRef intrinsic, Value like, mlir::ValueRange operands);
  /// The same bits as lanes of `width` bits.
  Value bitcast(Value vector, unsigned width);
  Value constantBytes(llvm::ArrayRef<int8_t> bytes);
  /// `count` elements from `first` on.
  Value slice(Value vector, int64_t first, int64_t count);
  Value lowHalf(Value vector);
  Value highHalf(Value vector);
  Value concatenate(Value low, Value high);

  LoopBuilder &loops;
  const VectorTarget &target;
};

std::unique_ptr<VectorInstructions>
createX86Instructions(LoopBuilder &loops, const VectorTarget &target);
std::unique_ptr<VectorInstructions>
createNeonInstructions(LoopBuilder &loops, const VectorTarget &target);
std::unique_ptr<VectorInstructions>
createWebAssemblyInstructions(LoopBuilder &loops, const VectorTarget &target);

} // namespace smelt

#endif
