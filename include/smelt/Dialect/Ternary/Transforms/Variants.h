//===- Variants.h -----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A program may have a variant of its code for each of several CPUs, among
// which it chooses when it runs.
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_DIALECT_TERNARY_TRANSFORMS_VARIANTS_H
#define SMELT_DIALECT_TERNARY_TRANSFORMS_VARIANTS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"

namespace smelt::ternary {

/// The attribute of a module that lists the variants to make, the least
/// demanding first: dictionaries of `name` and `cpu` (strings),
/// `target_features` (strings of LLVM's features with a sign), `features`
/// (strings, as `convert-ternary-to-loops` takes them), and `requests_tiles`
/// where Linux has to be asked for the tiles of AMX.
constexpr llvm::StringLiteral kVariantsName = "smelt.variants";

/// The attribute of a private function that stands for this public one on one
/// of several CPUs.
constexpr llvm::StringLiteral kVariantOfName = "smelt.variant_of";

/// The attribute of a function that says what its kernels may use.
constexpr llvm::StringLiteral kFeaturesName = "smelt.features";

/// LLVM's attributes of a function that is for one CPU.
constexpr llvm::StringLiteral kTargetCPUName = "target_cpu";
constexpr llvm::StringLiteral kTargetFeaturesName = "target_features";

/// An external function: the number of the variant to run (i32).
constexpr llvm::StringLiteral kVariantInUseName = "variant_in_use";

/// More than an i32 has bits for, but for its sign.
constexpr unsigned kMostVariants = 31;

/// An entry of `kVariantsName`.
struct Variant {
  mlir::StringAttr name;
  mlir::StringAttr cpu;
  mlir::ArrayAttr targetFeatures;
  mlir::ArrayAttr features;
  bool requestsTiles = false;

  mlir::DictionaryAttr toAttribute() const;
};

/// The variants that a module lists; none without the attribute. One that is
/// not as above is an error.
mlir::FailureOr<llvm::SmallVector<Variant>> readVariants(mlir::ModuleOp module);

/// Whether a function is called from outside of the network, or stands for one
/// that is.
bool isEntryFunction(mlir::func::FuncOp function);

/// Makes a function for the CPU that another one is for, if it is for one.
void copyProcessor(mlir::func::FuncOp from, mlir::func::FuncOp to);

/// The ending of the names of a variant's functions, such as `_x86_64_v3`.
std::string getVariantSuffix(llvm::StringRef name);

} // namespace smelt::ternary

#endif
