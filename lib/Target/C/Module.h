//===- Module.h -------------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_LIB_TARGET_C_MODULE_H
#define SMELT_LIB_TARGET_C_MODULE_H

#include "CallSites.h"
#include "Names.h"
#include "Pointers.h"
#include "smelt/Target/C/CEmitter.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringMap.h"

namespace smelt::c {

/// A global as it is printed.
struct GlobalData {
  mutable mlir::emitc::GlobalOp op;
  std::string name;
  /// Memory that is also used for wider numbers.
  bool isAligned = false;
  /// Where the data is in the blob, if it is there.
  std::optional<int64_t> blobOffset;
  /// The zeros in front of it.
  int64_t blobPadding = 0;

  int64_t getSize() const;
  int64_t getBytes() const;
  /// The bytes that it is in the C source, where an alignment may round it up.
  int64_t getDefinedBytes() const;
  mlir::IntegerType getElementType() const;
};

/// What the printers of the source and of the header share.
struct ModuleInfo {
  ModuleInfo(mlir::ModuleOp module, const COptions &options);

  /// Checks the module, names what is in it, and orders it.
  mlir::LogicalResult analyze();

  bool isPublic(mlir::emitc::FuncOp function) const;
  /// Whether it is a private function that works on memory only.
  bool isKernel(mlir::emitc::FuncOp function) const;
  llvm::StringRef getName(mlir::Operation *symbol) const;
  /// The names of a function's arguments in C.
  llvm::SmallVector<std::string> getArgumentNames(mlir::emitc::FuncOp function,
                                                  NameScope &scope) const;
  /// `static void f(const int8_t *x, …)`.
  std::string getPrototype(mlir::emitc::FuncOp function,
                           llvm::ArrayRef<std::string> arguments) const;
  /// "1x4 int8_t".
  std::string describe(mlir::emitc::FuncOp function, unsigned argument) const;
  llvm::StringRef getBlobName() const { return blobName; }
  /// The start of the names of the model's macros.
  std::string getMacroPrefix() const;
  /// The macro before the definition of an array, which may place it; "" for
  /// one that is defined elsewhere.
  std::string getAttributeMacro(const GlobalData &global) const;
  /// The bytes of constant data, in and out of the blob.
  int64_t getWeightBytes() const;
  int64_t getArenaBytes() const;

  mlir::ModuleOp module;
  const COptions &options;
  Pointers pointers;
  CallSites callSites;
  std::string name;
  std::string headerName;
  NameScope scope;
  /// Callees before their callers.
  llvm::SmallVector<mlir::emitc::FuncOp> functions;
  llvm::SmallVector<mlir::emitc::FuncOp> publicFunctions;
  llvm::SmallVector<GlobalData> globals;
  /// The code that stands for each global, by its symbol.
  llvm::StringMap<std::string> globalCode;
  bool needsString = false;
  bool needsBool = false;
  bool needsThreads = false;
  bool headerNeedsBool = false;

private:
  llvm::StringRef suggestName(mlir::BlockArgument argument) const;
  mlir::LogicalResult check(mlir::Operation *op);
  mlir::LogicalResult visit(mlir::emitc::FuncOp function);
  void nameEverything();
  void addGlobal(mlir::emitc::GlobalOp global);

  mlir::SymbolTable symbols;
  llvm::DenseMap<mlir::Operation *, std::string> names;
  llvm::DenseSet<mlir::Operation *> visited, active;
  llvm::SetVector<mlir::Operation *> usedGlobals;
  std::string blobName;
  int64_t blobSize = 0;
};

/// The name that a NameLoc in `location` gives; "" if there is none.
llvm::StringRef getLocationName(mlir::Location location);

/// "1x4".
std::string describeShape(llvm::ArrayRef<int64_t> shape);

/// Prints the definition of a global, or writes it to the blob.
mlir::LogicalResult printGlobal(const GlobalData &global,
                                const ModuleInfo &info,
                                llvm::raw_ostream &source,
                                llvm::raw_ostream *blob);
/// Returns whether the function needs <stdbool.h>.
bool printFunction(mlir::emitc::FuncOp function, const ModuleInfo &info,
                   llvm::raw_ostream &source);
void printHeader(const ModuleInfo &info, llvm::raw_ostream &header);

} // namespace smelt::c

#endif
