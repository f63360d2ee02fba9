//===- KernelAccesses.h -----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_LIB_DIALECT_TERNARY_TRANSFORMS_KERNELACCESSES_H
#define SMELT_LIB_DIALECT_TERNARY_TRANSFORMS_KERNELACCESSES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace smelt::ternary {

/// The value that a buffer is a view of.
mlir::Value findSource(mlir::Value buffer);

/// The outermost loop that threads share of those that an op is in, or null.
mlir::scf::ForOp findSharedLoop(mlir::Operation *op);

/// How threads divide the bytes of a buffer: each uses its part of the first
/// `size`, which begins at a multiple of `granule`. 0 where they do not.
struct Division {
  int64_t size = 0, granule = 0;

  bool operator==(const Division &other) const {
    return size == other.size && granule == other.granule;
  }
  explicit operator bool() const { return size != 0; }
};

/// Bytes that a kernel reads or writes.
struct Access {
  /// Whose bytes: an allocation, an argument of the function that calls the
  /// kernel, or the name of a global. Null where that is not known.
  llvm::PointerUnion<mlir::Value, mlir::Attribute> memory;
  int64_t begin, end;
  bool isWrite;
  Division division;

  /// Whether the order of the two counts, of one thread's and another's.
  bool conflictsWith(const Access &other) const;
};

/// What the kernels of a module do with the memory they are called with. It is
/// known before their ops become loops and after, and whether buffers have
/// their places or not. Arguments of the functions that call them do not
/// overlap.
class KernelAccesses {
public:
  explicit KernelAccesses(mlir::SymbolTable &symbols) : symbols(symbols) {}

  /// What the call of a kernel reads and writes.
  llvm::SmallVector<Access> list(mlir::func::CallOp call);

  /// Finds how threads will divide the buffers of a kernel by its shared loops.
  void findDivisions(mlir::func::FuncOp kernel);
  /// That of an argument that the kernel only reads.
  Division getReadDivision(mlir::func::FuncOp kernel, unsigned argument);

private:
  /// How a kernel uses each argument.
  struct Uses {
    llvm::BitVector reads, writes;
    llvm::SmallVector<Division> divisions;
    /// Globals that it uses itself.
    llvm::SmallVector<Access> globals;

    void add(mlir::Operation *op);
    void add(mlir::Value buffer, bool isRead, bool isWrite);
    void addUnknown(mlir::Operation *op);
  };
  Uses &findUses(mlir::func::FuncOp kernel);

  mlir::SymbolTable &symbols;
  llvm::DenseMap<mlir::Operation *, Uses> usesOf;
};

/// Whether the order of two calls counts.
bool conflict(llvm::ArrayRef<Access> first, llvm::ArrayRef<Access> second);

} // namespace smelt::ternary

#endif
