//===- TernaryBase.td --------------------------------------*- tablegen -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_DIALECT_TERNARY_IR_TERNARYBASE_TD
#define SMELT_DIALECT_TERNARY_IR_TERNARYBASE_TD

include "mlir/IR/BuiltinAttributes.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "smelt/Dialect/Ternary/IR/TernaryInterfaces.td"
include "smelt/Dialect/Ternary/IR/TernaryTypes.td"

class Ternary_Op<string mnemonic, list<Trait> traits = []>
    : Op<TernaryDialect, mnemonic, traits>;

/// A compute op. It must name its optional last operand `into` and its optional
/// only result `result`.
class Ternary_ComputeOp<string mnemonic, list<Trait> traits = []>
    : Ternary_Op<mnemonic, !listconcat(traits, [
        Ternary_ComputeOpInterface,
        DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
        ConditionallySpeculatable,
        DeclareOpInterfaceMethods<ConditionallySpeculatable>])> {
  let hasVerifier = 1;
  let extraClassDefinition = [{
    void $cppClass::getEffects(
        ::llvm::SmallVectorImpl<::mlir::MemoryEffects::EffectInstance> &effects) {
      ::smelt::ternary::detail::getComputeOpEffects(*this, effects);
    }
    ::mlir::Speculation::Speculatability $cppClass::getSpeculatability() {
      return getInto() ? ::mlir::Speculation::NotSpeculatable
                       : ::mlir::Speculation::Speculatable;
    }
  }];
}

/// A 64-bit integer whose C++ accessors are signed.
def Ternary_I64Attr
    : TypedSignlessIntegerAttrBase<I64, "int64_t", "64-bit integer attribute">;

def Ternary_IntegerBuffer : AnyTypeOf<[StaticShapeMemRefOf<[I8, I16, I32, I64]>,
                                       StaticShapeTensorOf<[I8, I16, I32, I64]>]>;
def Ternary_Buffer : AnyTypeOf<[StaticShapeMemRefOf<[I8, I16, I32, I64]>,
                                StaticShapeTensorOf<[I8, I16, I32, I64, F32]>]>;
def Ternary_ResultTensor : StaticShapeTensorOf<[I8, I16, I32, I64]>;
def Ternary_Destination : StaticShapeMemRefOf<[I8, I16, I32, I64]>;

#endif
