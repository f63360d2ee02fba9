//===- TernaryInterfaces.td --------------------------------*- tablegen -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_DIALECT_TERNARY_IR_TERNARYINTERFACES_TD
#define SMELT_DIALECT_TERNARY_IR_TERNARYINTERFACES_TD

include "mlir/IR/OpBase.td"

def Ternary_ComputeOpInterface : OpInterface<"ComputeOpInterface"> {
  let cppNamespace = "::smelt::ternary";
  let description = [{
    An op that works on tensors and returns one result, or on memrefs and writes
    `into` its last operand.
  }];
  let methods = [
    InterfaceMethod<"The memref written to, or null in tensor form.",
                    "::mlir::Value", "getDestination", (ins), [{}],
                    [{ return $_op.getInto(); }]>,
    InterfaceMethod<"The operands that are read.",
                    "::mlir::OperandRange", "getSources", (ins), [{}], [{
      ::mlir::OperandRange operands = $_op->getOperands();
      return $_op.getInto() ? operands.drop_back() : operands;
    }]>,
    InterfaceMethod<"The type written: the result's or the destination's.",
                    "::mlir::ShapedType", "getResultType", (ins), [{}], [{
      return ::llvm::cast<::mlir::ShapedType>(
          $_op.getInto() ? $_op.getInto().getType()
                         : $_op->getResult(0).getType());
    }]>
  ];
  let verify = [{
    return ::smelt::ternary::detail::verifyComputeOp($_op);
  }];
}

#endif
