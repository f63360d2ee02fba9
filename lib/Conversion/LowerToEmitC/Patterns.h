//===- Patterns.h -----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_LIB_CONVERSION_LOWERTOEMITC_PATTERNS_H
#define SMELT_LIB_CONVERSION_LOWERTOEMITC_PATTERNS_H

#include "mlir/Dialect/EmitC/IR/EmitC.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Transforms/DialectConversion.h"

namespace smelt {

/// The variables that the terminators of converted regions assign to, by the
/// EmitC loop or conditional that holds the region.
using RegionVariables =
    llvm::DenseMap<mlir::Operation *, llvm::SmallVector<mlir::Value>>;

/// Builds EmitC expressions whose types say what C computes: an operation on
/// operands narrower than `int` has the result type i32, and the cast back is
/// explicit.
class CBuilder {
public:
  CBuilder(mlir::OpBuilder &builder, mlir::Location loc)
      : builder(builder), loc(loc) {}

  /// The type that C's integer promotion gives to a value of `type`.
  static mlir::Type promote(mlir::Type type);
  /// The unsigned integer type as wide as `type`.
  static mlir::Type toUnsigned(mlir::Type type);

  mlir::Value constant(int64_t value, mlir::Type type);
  mlir::Value cast(mlir::Value value, mlir::Type type);
  mlir::Value compare(mlir::emitc::CmpPredicate predicate, mlir::Value lhs,
                      mlir::Value rhs);
  mlir::Value conditional(mlir::Value condition, mlir::Value yes,
                          mlir::Value no);
  mlir::Value negate(mlir::Value value);
  mlir::Value logicalNot(mlir::Value value);
  mlir::Value bitwiseNot(mlir::Value value);

  template <typename OpTy>
  mlir::Value binary(mlir::Value lhs, mlir::Value rhs) {
    return builder.create<OpTy>(loc, promote(lhs.getType()), lhs, rhs);
  }
  template <typename OpTy>
  mlir::Value logical(mlir::Value lhs, mlir::Value rhs) {
    return builder.create<OpTy>(loc, builder.getI1Type(), lhs, rhs);
  }

  /// `base + offset`; `base` itself if `offset` is null.
  mlir::Value advance(mlir::Value base, mlir::Value offset);
  /// A variable without an initial value.
  mlir::Value variable(mlir::Type type);
  void assign(mlir::Value variable, mlir::Value value);
  /// A pointer to the first element of an array.
  mlir::Value decay(mlir::Value array);

private:
  mlir::OpBuilder &builder;
  mlir::Location loc;
};

/// The constant that `value` is known to be.
std::optional<int64_t> getConstant(mlir::Value value);

/// Turns unsigned operations into signed ones where the values' ranges allow
/// it.
mlir::LogicalResult preferSigned(mlir::ModuleOp module);

void populateArithToEmitC(mlir::RewritePatternSet &patterns,
                          const mlir::TypeConverter &types);
void populateMemRefToEmitC(mlir::RewritePatternSet &patterns,
                           const mlir::TypeConverter &types);
void populateSCFToEmitC(mlir::RewritePatternSet &patterns,
                        const mlir::TypeConverter &types,
                        RegionVariables &variables);
void populateFuncToEmitC(mlir::RewritePatternSet &patterns,
                         const mlir::TypeConverter &types);

} // namespace smelt

#endif
