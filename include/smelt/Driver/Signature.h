//===- Signature.h ----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_DRIVER_SIGNATURE_H
#define SMELT_DRIVER_SIGNATURE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "smelt/Support/HostTensor.h"

namespace smelt {

/// An input or an output of a network.
struct Port {
  std::string name;
  llvm::SmallVector<int64_t> shape;
  ElementKind kind = ElementKind::F32;
  /// real = scale * (integer - zeroPoint), where the port is quantized.
  bool isQuantized = false;
  double scale = 1;
  int64_t zeroPoint = 0;

  int64_t getNumElements() const;
};

struct Signature {
  std::vector<Port> inputs;
  std::vector<Port> outputs;
  /// Bytes that the network keeps from call to call.
  int64_t stateBytes = 0;
};

/// The public function on tensors that gives results. A language model has
/// others, for blocks of tokens.
mlir::FailureOr<mlir::func::FuncOp> findEntry(mlir::ModuleOp module);

/// A language model's function on tensors that fills its cache with a block of
/// tokens; null if it has none.
mlir::func::FuncOp findPrefill(mlir::ModuleOp module);

/// A language model's function on tensors that gives the logits of each token
/// of a block; null if it has none.
mlir::func::FuncOp findVerify(mlir::ModuleOp module);

/// A language model's function on tensors that decodes a token of each of
/// several sequences; null if it has none.
mlir::func::FuncOp findBatch(mlir::ModuleOp module);

/// How elements of a type are passed; nothing for types that are not.
std::optional<ElementKind> getElementKind(mlir::Type type, bool isUnsigned);

/// The inputs and outputs of a function on tensors.
mlir::FailureOr<Signature> readSignature(mlir::func::FuncOp function);

} // namespace smelt

#endif
