//===- Importer.h -----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_LIB_IMPORT_ONNX_IMPORTER_H
#define SMELT_LIB_IMPORT_ONNX_IMPORTER_H

#include "ConstantEvaluator.h"
#include "Model.h"
#include "Tensor.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "smelt/Import/ONNX/ImportONNX.h"
#include "llvm/ADT/StringSet.h"
#include <unordered_map>

namespace smelt::onnximport {

/// How the dequantized f32 values of a tensor relate to its integers:
/// `value = scale * (integer - zero point)`.
struct Quantization {
  DataType type;
  /// One element, or one for each index of `axis`.
  std::vector<float> scales;
  std::vector<int64_t> zeroPoints;
  std::optional<int64_t> axis;

  bool isPerTensor() const { return !axis; }
  bool operator==(const Quantization &other) const {
    return type == other.type && scales == other.scales &&
           zeroPoints == other.zeroPoints && axis == other.axis;
  }
};

/// A value of the ONNX graph: a constant or the result of an op.
struct GraphValue {
  DataType type = DataType::Undefined;
  Shape shape;
  /// Set where the value is known.
  TensorPtr constant;
  /// Set otherwise. With a quantization, an f32 tensor of dequantized values.
  mlir::Value value;
  std::shared_ptr<const Quantization> quantization;
  std::string name;

  bool isConstant() const { return constant != nullptr; }
  int64_t rank() const { return static_cast<int64_t>(shape.size()); }
  int64_t size() const { return *countElements(shape); }
};

/// The names visible to the nodes of a graph or of a function's body.
struct Scope {
  llvm::StringMap<GraphValue> values;
  llvm::StringMap<const onnx::TensorProto *> initializers;
  /// Names whose producers were reported.
  llvm::StringSet<> poisoned;
  llvm::StringMap<int64_t> opsets;
  /// Attributes of the call that a function's nodes refer to.
  llvm::StringMap<const onnx::AttributeProto *> attributes;
  bool isFunction = false;
  unsigned depth = 0;
  std::string prefix;
};

/// The node's name, or that of its first output.
std::string nameOfNode(const onnx::NodeProto &node);

/// Walks the graph and collects diagnostics.
class Importer {
public:
  Importer(std::shared_ptr<Model> model, const ONNXImportOptions &options,
           mlir::MLIRContext *context);
  mlir::OwningOpRef<mlir::ModuleOp> run();

  mlir::OpBuilder &getBuilder() { return builder; }
  Model &getModel() { return *model; }
  mlir::Location fileLocation();
  mlir::Location namedLocation(llvm::StringRef name);
  /// The op that holds a constant, made once.
  mlir::Value materialize(const GraphValue &value);
  /// Reserves memory for a constant made by evaluation; false if there have
  /// been too many.
  bool reserveConstant(int64_t bytes);

private:
  void checkModel(Scope &scope);
  /// Reports every node whose operator is unknown.
  void reportUnsupported();
  void declareInitializers(Scope &scope);
  void declareInputs(Scope &scope);
  std::optional<Shape> readInputShape(const onnx::ValueInfoProto &input);
  void reportUnboundDimensions();
  mlir::Value adaptInput(mlir::Value argument, DataType type);
  void
  importNodes(const google::protobuf::RepeatedPtrField<onnx::NodeProto> &nodes,
              Scope &scope);
  void importNode(const onnx::NodeProto &proto, Scope &scope,
                  llvm::StringRef name);
  void callFunction(const onnx::FunctionProto &function,
                    const onnx::NodeProto &call, Scope &caller,
                    llvm::ArrayRef<const GraphValue *> inputs,
                    llvm::StringRef name);
  bool bindAttributes(const onnx::FunctionProto &function,
                      const onnx::NodeProto &call, Scope &caller,
                      Scope &callee);
  bool resolveInputs(const onnx::NodeProto &proto, Scope &scope,
                     mlir::Location location,
                     llvm::SmallVectorImpl<const GraphValue *> &inputs);
  /// Null where `name` is unknown (reported) or poisoned.
  const GraphValue *lookup(llvm::StringRef name, Scope &scope,
                           mlir::Location location);
  void define(llvm::StringRef name, GraphValue value, Scope &scope,
              mlir::Location location);
  void poisonOutputs(const onnx::NodeProto &proto, Scope &scope);
  mlir::InFlightDiagnostic error(mlir::Location location);
  void emitReturn(Scope &scope);

  std::shared_ptr<Model> model;
  const ONNXImportOptions &options;
  mlir::OpBuilder builder;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  mlir::func::FuncOp function;
  std::unordered_map<TensorPtr, mlir::Value> materialized;
  llvm::SmallVector<std::string> unboundDimensions;
  llvm::StringSet<> knownDimensions;
  /// Default attributes of functions, which the model's schema predates.
  std::vector<std::unique_ptr<onnx::AttributeProto>> defaultAttributes;
  unsigned errors = 0;
  int64_t nodesLeft = 1000000;
  int64_t constantBytesLeft = int64_t(8) << 30;
};

} // namespace smelt::onnximport

#endif
