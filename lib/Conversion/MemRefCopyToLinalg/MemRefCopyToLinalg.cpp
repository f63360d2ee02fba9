//===- MemRefCopyToLinalg.cpp -----------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "smelt/Conversion/Passes.h"

namespace smelt {
#define GEN_PASS_DEF_CONVERTMEMREFCOPYTOLINALG
#include "smelt/Conversion/Passes.h.inc"
} // namespace smelt

using namespace mlir;

namespace {
struct ConvertMemRefCopyToLinalg
    : smelt::impl::ConvertMemRefCopyToLinalgBase<ConvertMemRefCopyToLinalg> {
  using ConvertMemRefCopyToLinalgBase::ConvertMemRefCopyToLinalgBase;

  void runOnOperation() override {
    getOperation().walk([](memref::CopyOp copy) {
      auto source = dyn_cast<MemRefType>(copy.getSource().getType());
      auto target = dyn_cast<MemRefType>(copy.getTarget().getType());
      if (!source || !target ||
          (source.getLayout().isIdentity() && target.getLayout().isIdentity()))
        return;
      OpBuilder builder(copy);
      builder.create<linalg::CopyOp>(copy.getLoc(), copy.getSource(),
                                     copy.getTarget());
      copy.erase();
    });
  }
};
} // namespace
