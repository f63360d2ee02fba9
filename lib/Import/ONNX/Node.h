//===- Node.h ---------------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_LIB_IMPORT_ONNX_NODE_H
#define SMELT_LIB_IMPORT_ONNX_NODE_H

#include "Importer.h"
#include "llvm/ADT/Twine.h"

namespace smelt::onnximport {

enum class UnaryFn {
  Abs,
  Ceil,
  Cos,
  Erf,
  Exp,
  Floor,
  Log,
  Negate,
  Reciprocal,
  Rsqrt,
  Sigmoid,
  Sin,
  Tanh
};
enum class BinaryFn { Add, Sub, Mul, Max, Min, Pow };
enum class CompareFn { Equal, Greater, GreaterEqual };
enum class ReduceFn { Sum, Max, Min, Prod };

/// One node while it is imported: what its handler reads, and how it emits ops.
///
/// A function that fails has reported why and returns an empty GraphValue; the
/// functions that make values pass that on, so that handlers need not check
/// after each step. Functions on constants evaluate instead of emitting.
class Node {
public:
  Node(Importer &importer, Scope &scope, const onnx::NodeProto &proto,
       llvm::ArrayRef<const GraphValue *> inputs, llvm::StringRef name,
       mlir::Location location);

  // The node.
  llvm::StringRef opType() const { return proto.op_type(); }
  int64_t opset() const { return version; }
  size_t inputCount() const { return inputs.size(); }
  bool has(size_t index) const {
    return index < inputs.size() && inputs[index];
  }
  const GraphValue &in(size_t index) const { return *inputs[index]; }
  bool wantsOutput(size_t index) const;
  size_t outputCount() const { return proto.output_size(); }
  mlir::Location getLoc() const { return location; }
  mlir::OpBuilder &getBuilder() { return importer.getBuilder(); }
  Importer &getImporter() { return importer; }

  // Attributes. One of another type is reported.
  const onnx::AttributeProto *attribute(llvm::StringRef name);
  bool hasAttribute(llvm::StringRef name) { return attribute(name); }
  int64_t integer(llvm::StringRef name, int64_t otherwise);
  double real(llvm::StringRef name, double otherwise);
  std::string string(llvm::StringRef name, llvm::StringRef otherwise);
  std::optional<Shape> integers(llvm::StringRef name);
  std::optional<llvm::SmallVector<float>> reals(llvm::StringRef name);
  TensorPtr tensor(llvm::StringRef name);

  // Inputs that must be known while importing.
  std::optional<Shape> constantIntegers(size_t index, llvm::StringRef what);
  TensorPtr constantInput(size_t index, llvm::StringRef what);
  std::optional<double> constantScalar(size_t index, llvm::StringRef what);

  // Diagnostics.
  mlir::LogicalResult fail(const llvm::Twine &message);
  void remark(const llvm::Twine &message);
  bool hasFailed() const { return failed; }

  // Results.
  mlir::LogicalResult set(size_t index, GraphValue value);
  const llvm::SmallVectorImpl<GraphValue> &getResults() const {
    return results;
  }

  // Shapes.
  std::optional<int64_t> normalizeAxis(int64_t axis, int64_t rank);
  bool checkShape(llvm::ArrayRef<int64_t> shape);
  mlir::RankedTensorType typeOf(DataType type, llvm::ArrayRef<int64_t> shape);
  /// The type of a value's elements, which are f32 where it is quantized.
  mlir::RankedTensorType typeLike(const GraphValue &value,
                                  llvm::ArrayRef<int64_t> shape);

  // Values.
  GraphValue empty() const { return GraphValue(); }
  bool isEmpty(const GraphValue &value) const {
    return !value.value && !value.constant;
  }
  GraphValue fromConstant(TensorPtr tensor);
  GraphValue fromValue(mlir::Value value, DataType type);
  GraphValue scalar(float value);
  mlir::Value emit(const GraphValue &value);

  // Movement.
  GraphValue reshape(const GraphValue &value, llvm::ArrayRef<int64_t> shape);
  GraphValue transpose(const GraphValue &value, llvm::ArrayRef<int64_t> order);
  /// `steps` may be negative but not 0; `starts` are inside of the value.
  GraphValue slice(const GraphValue &value, llvm::ArrayRef<int64_t> starts,
                   llvm::ArrayRef<int64_t> sizes,
                   llvm::ArrayRef<int64_t> steps = {});
  GraphValue concat(llvm::ArrayRef<GraphValue> values, int64_t axis);
  GraphValue broadcast(const GraphValue &value, llvm::ArrayRef<int64_t> shape);
  GraphValue tile(const GraphValue &value, llvm::ArrayRef<int64_t> repeats);
  GraphValue gather(const GraphValue &value, llvm::ArrayRef<int64_t> indices,
                    llvm::ArrayRef<int64_t> indexShape, int64_t axis);
  GraphValue pad(const GraphValue &value, llvm::ArrayRef<int64_t> before,
                 llvm::ArrayRef<int64_t> after, float padding);
  /// N x C x spatial to N x spatial x C, and back.
  GraphValue channelsLast(const GraphValue &value);
  GraphValue channelsFirst(const GraphValue &value);

  // Arithmetic.
  GraphValue unary(UnaryFn function, const GraphValue &value);
  GraphValue binary(BinaryFn function, const GraphValue &lhs,
                    const GraphValue &rhs);
  GraphValue compare(CompareFn function, const GraphValue &lhs,
                     const GraphValue &rhs);
  GraphValue select(const GraphValue &condition, const GraphValue &whenTrue,
                    const GraphValue &whenFalse);
  GraphValue reduce(ReduceFn function, const GraphValue &value,
                    llvm::ArrayRef<int64_t> axes, bool keepDimensions);
  GraphValue clamp(const GraphValue &value, double min, double max);
  GraphValue cast(const GraphValue &value, DataType type);
  GraphValue softmax(const GraphValue &value, int64_t axis);
  GraphValue add(const GraphValue &lhs, const GraphValue &rhs) {
    return binary(BinaryFn::Add, lhs, rhs);
  }
  GraphValue sub(const GraphValue &lhs, const GraphValue &rhs) {
    return binary(BinaryFn::Sub, lhs, rhs);
  }
  GraphValue mul(const GraphValue &lhs, const GraphValue &rhs) {
    return binary(BinaryFn::Mul, lhs, rhs);
  }
  /// By a constant: times its reciprocal.
  GraphValue div(const GraphValue &lhs, const GraphValue &rhs);
  /// `lhs` and `rhs` may have batch dimensions; `bias` (N) may be empty.
  GraphValue matmul(const GraphValue &lhs, const GraphValue &rhs,
                    const GraphValue &bias);

  // Quantization.
  /// Rounds f32 values to the grid of `quantization`.
  GraphValue fakeQuantize(const GraphValue &value,
                          std::shared_ptr<const Quantization> quantization);
  /// The scale and zero point that inputs hold as constants.
  std::shared_ptr<const Quantization>
  readQuantization(size_t scaleIndex, size_t zeroPointIndex, DataType type,
                   int64_t axis, llvm::ArrayRef<int64_t> shape);
  /// The f32 values of a quantized input. With `quantization`, that of a
  /// constant, and checked against that of another value.
  GraphValue dequantize(const GraphValue &value,
                        std::shared_ptr<const Quantization> quantization);

private:
  bool reserve(DataType type, llvm::ArrayRef<int64_t> shape);
  GraphValue emitGather(const GraphValue &value, TensorPtr indices,
                        llvm::ArrayRef<int64_t> indexShape, int64_t axis);
  GraphValue alignRank(const GraphValue &value, size_t rank);

  Importer &importer;
  Scope &scope;
  const onnx::NodeProto &proto;
  llvm::ArrayRef<const GraphValue *> inputs;
  std::string name;
  mlir::Location location;
  int64_t version;
  bool failed = false;
  llvm::SmallVector<GraphValue> results;
};

// Handlers.

using Handler = mlir::LogicalResult (*)(Node &);

/// What types of inputs a handler copes with.
enum class InputTypes {
  /// Any; the handler checks.
  Any,
  /// Only float.
  Float,
  /// Float, int32 and int64.
  Number
};

/// What a handler does with inputs that stand for dequantized values.
enum class OnQuantized {
  Refuse,
  /// The result has the quantization of the first input.
  Keep,
  Handle
};

struct OpInfo {
  Handler handler;
  unsigned minInputs;
  unsigned maxInputs;
  InputTypes types;
  OnQuantized onQuantized;
};

constexpr unsigned kAnyNumber = 1 << 20;

class OpTable {
public:
  static const OpTable &get();
  const OpInfo *find(llvm::StringRef domain, llvm::StringRef opType) const;
  void add(llvm::StringRef name, Handler handler, unsigned minInputs,
           unsigned maxInputs, InputTypes types = InputTypes::Float,
           OnQuantized onQuantized = OnQuantized::Refuse);
  /// As `add`, for an op of another domain than ONNX's own.
  void addIn(llvm::StringRef domain, llvm::StringRef name, Handler handler,
             unsigned minInputs, unsigned maxInputs);

private:
  OpTable();
  llvm::StringMap<OpInfo> ops;
};

void registerActivations(OpTable &table);
void registerArithmetic(OpTable &table);
void registerConvolutions(OpTable &table);
void registerIndexing(OpTable &table);
void registerMatrixProducts(OpTable &table);
void registerNormalizations(OpTable &table);
void registerPoolings(OpTable &table);
void registerQuantized(OpTable &table);
void registerQONNX(OpTable &table);
void registerQLinear(OpTable &table);
void registerReductions(OpTable &table);
void registerResize(OpTable &table);
void registerShapes(OpTable &table);

/// The window of a convolution or pooling over two spatial dimensions.
struct Window {
  std::array<int64_t, 2> kernel, stride, dilation, before, after, output;
  bool isCeil = false;
};
/// Reads the attributes of a window over the spatial dimensions of `shape`
/// (N x C x H x W, or N x C x L taken as N x C x 1 x L).
std::optional<Window> readWindow(Node &node, llvm::ArrayRef<int64_t> shape,
                                 llvm::ArrayRef<int64_t> kernel);
/// A convolution of f32 values; `bias` may be empty.
GraphValue convolve(Node &node, const GraphValue &input,
                    const GraphValue &weights, const GraphValue &bias);
GraphValue averagePool(Node &node, const GraphValue &input);
GraphValue globalPool(Node &node, const GraphValue &input, ReduceFn function);

} // namespace smelt::onnximport

#endif
