//===- Expressions.h --------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_LIB_TARGET_C_EXPRESSIONS_H
#define SMELT_LIB_TARGET_C_EXPRESSIONS_H

#include "Inlining.h"
#include "llvm/ADT/StringMap.h"

namespace smelt::c {

/// How tightly the outermost operator of an expression binds.
enum class Precedence {
  Conditional,
  LogicalOr,
  LogicalAnd,
  BitOr,
  BitXor,
  BitAnd,
  Equality,
  Relational,
  Shift,
  Additive,
  Multiplicative,
  Unary,
  Primary
};

/// An expression's code.
struct Code {
  std::string text;
  Precedence precedence = Precedence::Primary;
  /// The outermost operator, if it is one between two operands.
  llvm::StringRef symbol = "";
};

/// The C type of a number, or of what a pointer points to.
std::string getTypeName(mlir::Type type);
/// `type name`, where a pointer's star stands at the name.
std::string declare(mlir::Type type, llvm::StringRef name, bool isConst);
/// An integer literal. With `exactType` it has the type `type`, and otherwise
/// any that can hold the value.
Code printLiteral(const llvm::APInt &value, mlir::IntegerType type,
                  bool exactType);

/// Prints the values of one function as C expressions.
class ExpressionPrinter {
public:
  ExpressionPrinter(const Inlining &inlining, const Pointers &pointers,
                    const llvm::StringMap<std::string> &globals)
      : inlining(inlining), pointers(pointers), globals(globals) {}

  void setName(mlir::Value value, llvm::StringRef name) {
    names[value] = name.str();
  }
  llvm::StringRef getName(mlir::Value value) const;
  bool hasName(mlir::Value value) const { return names.contains(value); }

  /// The code of `value` where C converts it to its type anyway.
  std::string print(mlir::Value value) { return code(value, false).text; }
  /// The code that computes `op`'s result, even if that has a name.
  std::string printOperation(mlir::Operation *op) {
    return operation(op, false).text;
  }
  /// A literal that was printed needs <stdbool.h>.
  bool hasUsedBool() const { return usesBool; }

private:
  Code code(mlir::Value value, bool exactType);
  Code operation(mlir::Operation *op, bool exactType);
  Code binary(mlir::Operation *op, llvm::StringRef symbol,
              Precedence precedence);
  Code additive(mlir::Operation *op, llvm::StringRef symbol);
  Code cast(mlir::emitc::CastOp op, bool exactType);
  Code conditional(mlir::emitc::ConditionalOp op, bool exactType);
  Code unary(mlir::Value operand, llvm::StringRef symbol);
  Code element(mlir::Value base, mlir::Value index);
  Code apply(mlir::emitc::ApplyOp op);
  Code term(mlir::Value operand, mlir::Value printed, bool exactType);
  bool canRelax(mlir::Value value) const;
  /// Whether an unsigned number is converted that may have no larger type.
  bool isFromUnsigned(mlir::Value value) const;
  /// What to print for an operand: `value` without a cast that changes nothing.
  mlir::Value strip(mlir::Value value) const;
  std::string child(Code code, Precedence parent, llvm::StringRef symbol,
                    bool isRight) const;

  const Inlining &inlining;
  const Pointers &pointers;
  const llvm::StringMap<std::string> &globals;
  llvm::DenseMap<mlir::Value, std::string> names;
  bool usesBool = false;
};

} // namespace smelt::c

#endif
