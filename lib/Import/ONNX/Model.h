//===- Model.h --------------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_LIB_IMPORT_ONNX_MODEL_H
#define SMELT_LIB_IMPORT_ONNX_MODEL_H

#include "Tensor.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"
#include <onnx/onnx_pb.h>

namespace smelt::onnximport {

/// A parsed model file. Tensors made from it keep it alive.
class Model : public std::enable_shared_from_this<Model> {
public:
  static llvm::Expected<std::shared_ptr<Model>> load(llvm::StringRef path);

  const onnx::ModelProto &proto() const { return model; }
  llvm::StringRef path() const { return file; }

  /// The elements of `tensor`, unpacked and converted to the type they are held
  /// as; a view of the model's or of an external file's bytes where possible.
  llvm::Expected<TensorPtr> loadTensor(const onnx::TensorProto &tensor);

  /// The function that a node calls, or null.
  const onnx::FunctionProto *findFunction(llvm::StringRef domain,
                                          llvm::StringRef name) const;

private:
  llvm::Expected<llvm::ArrayRef<char>>
  externalBytes(const onnx::TensorProto &tensor,
                std::shared_ptr<const void> &owner);

  std::string file;
  onnx::ModelProto model;
  llvm::StringMap<std::shared_ptr<llvm::MemoryBuffer>> externalFiles;
  llvm::StringMap<const onnx::FunctionProto *> functions;
};

/// "ai.onnx" is another name of the default domain "".
llvm::StringRef canonicalDomain(llvm::StringRef domain);

} // namespace smelt::onnximport

#endif
