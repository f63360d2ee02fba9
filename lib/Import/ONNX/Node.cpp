//===- Node.cpp -------------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Node.h"
#include "mlir/IR/Diagnostics.h"

using namespace mlir;
using namespace smelt;
using namespace smelt::onnximport;

Node::Node(Importer &importer, Scope &scope, const onnx::NodeProto &proto,
           ArrayRef<const GraphValue *> inputs, StringRef name,
           Location location)
    : importer(importer), scope(scope), proto(proto), inputs(inputs),
      name(name.str()), location(location),
      results(static_cast<size_t>(proto.output_size())) {
  auto found = scope.opsets.find(canonicalDomain(proto.domain()));
  version = found == scope.opsets.end() ? 1 : found->second;
}

bool Node::wantsOutput(size_t index) const {
  return index < results.size() &&
         !proto.output(static_cast<int>(index)).empty();
}

LogicalResult Node::fail(const Twine &message) {
  failed = true;
  return emitError(location) << opType() << ": " << message;
}

void Node::remark(const Twine &message) {
  emitRemark(location) << opType() << ": " << message;
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

const onnx::AttributeProto *Node::attribute(StringRef attributeName) {
  for (const onnx::AttributeProto &attribute : proto.attribute()) {
    if (attribute.name() != attributeName)
      continue;
    if (attribute.ref_attr_name().empty())
      return &attribute;
    return scope.attributes.lookup(attribute.ref_attr_name());
  }
  return nullptr;
}

/// Whether an attribute has a type, or the field of the type where an old file
/// states none.
static bool isOfType(const onnx::AttributeProto &attribute,
                     onnx::AttributeProto::AttributeType type, bool hasField) {
  return attribute.type() == type ||
         (attribute.type() == onnx::AttributeProto::UNDEFINED && hasField);
}

int64_t Node::integer(StringRef attributeName, int64_t otherwise) {
  const onnx::AttributeProto *found = attribute(attributeName);
  if (!found)
    return otherwise;
  if (isOfType(*found, onnx::AttributeProto::INT, found->has_i()))
    return found->i();
  (void)fail("attribute '" + attributeName + "' must be an integer");
  return otherwise;
}

double Node::real(StringRef attributeName, double otherwise) {
  const onnx::AttributeProto *found = attribute(attributeName);
  if (!found)
    return otherwise;
  if (isOfType(*found, onnx::AttributeProto::FLOAT, found->has_f()))
    return found->f();
  (void)fail("attribute '" + attributeName + "' must be a float");
  return otherwise;
}

std::string Node::string(StringRef attributeName, StringRef otherwise) {
  const onnx::AttributeProto *found = attribute(attributeName);
  if (!found)
    return otherwise.str();
  if (isOfType(*found, onnx::AttributeProto::STRING, found->has_s()))
    return found->s();
  (void)fail("attribute '" + attributeName + "' must be a string");
  return otherwise.str();
}

std::optional<Shape> Node::integers(StringRef attributeName) {
  const onnx::AttributeProto *found = attribute(attributeName);
  if (!found)
    return std::nullopt;
  if (isOfType(*found, onnx::AttributeProto::INTS, found->ints_size() > 0))
    return Shape(found->ints().begin(), found->ints().end());
  (void)fail("attribute '" + attributeName + "' must be a list of integers");
  return std::nullopt;
}

std::optional<SmallVector<float>> Node::reals(StringRef attributeName) {
  const onnx::AttributeProto *found = attribute(attributeName);
  if (!found)
    return std::nullopt;
  if (isOfType(*found, onnx::AttributeProto::FLOATS, found->floats_size() > 0))
    return SmallVector<float>(found->floats().begin(), found->floats().end());
  (void)fail("attribute '" + attributeName + "' must be a list of floats");
  return std::nullopt;
}

TensorPtr Node::tensor(StringRef attributeName) {
  const onnx::AttributeProto *found = attribute(attributeName);
  if (!found)
    return nullptr;
  if (!isOfType(*found, onnx::AttributeProto::TENSOR, found->has_t())) {
    (void)fail("attribute '" + attributeName + "' must be a tensor");
    return nullptr;
  }
  llvm::Expected<TensorPtr> loaded = importer.getModel().loadTensor(found->t());
  if (loaded)
    return *loaded;
  (void)fail("attribute '" + attributeName +
             "': " + llvm::toString(loaded.takeError()));
  return nullptr;
}

//===----------------------------------------------------------------------===//
// Constant inputs
//===----------------------------------------------------------------------===//

TensorPtr Node::constantInput(size_t index, StringRef what) {
  if (has(index) && in(index).isConstant())
    return in(index).constant;
  (void)fail(Twine(what) + " must be a constant" +
             (has(index) ? ", but '" + in(index).name + "' is not"
                         : std::string(", but is missing")));
  return nullptr;
}

std::optional<Shape> Node::constantIntegers(size_t index, StringRef what) {
  TensorPtr constant = constantInput(index, what);
  if (!constant)
    return std::nullopt;
  if (constant->shape().size() > 1 || isFloat(constant->type()) ||
      constant->size() > static_cast<int64_t>(1 << 20)) {
    (void)fail(Twine(what) + " must be a short list of integers");
    return std::nullopt;
  }
  Shape values;
  for (int64_t i = 0; i < constant->size(); ++i)
    values.push_back(constant->integer(i));
  return values;
}

std::optional<double> Node::constantScalar(size_t index, StringRef what) {
  TensorPtr constant = constantInput(index, what);
  if (!constant)
    return std::nullopt;
  if (constant->size() != 1) {
    (void)fail(Twine(what) + " must be one number");
    return std::nullopt;
  }
  return constant->real(0);
}

//===----------------------------------------------------------------------===//
// Results and shapes
//===----------------------------------------------------------------------===//

LogicalResult Node::set(size_t index, GraphValue value) {
  if (failed || isEmpty(value))
    return failure();
  if (index < results.size())
    results[index] = std::move(value);
  return success();
}

std::optional<int64_t> Node::normalizeAxis(int64_t axis, int64_t rank) {
  if (axis >= -rank && axis < rank)
    return axis < 0 ? axis + rank : axis;
  (void)fail("axis " + Twine(axis) + " is out of range for rank " +
             Twine(rank));
  return std::nullopt;
}

static std::string print(ArrayRef<int64_t> shape) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << '[';
  llvm::interleaveComma(shape, stream);
  stream << ']';
  return text;
}

bool Node::checkShape(ArrayRef<int64_t> shape) {
  if (countElements(shape))
    return true;
  (void)fail("a shape is invalid or too large: " + print(shape));
  return false;
}

bool Node::reserve(DataType type, ArrayRef<int64_t> shape) {
  if (!checkShape(shape))
    return false;
  if (importer.reserveConstant(*countElements(shape) * elementSize(type)))
    return true;
  (void)fail("the constants computed from the model's constants take too much "
             "memory");
  return false;
}

RankedTensorType Node::typeOf(DataType type, ArrayRef<int64_t> shape) {
  return RankedTensorType::get(shape,
                               elementTypeOf(type, getBuilder().getContext()));
}

RankedTensorType Node::typeLike(const GraphValue &value,
                                ArrayRef<int64_t> shape) {
  return typeOf(value.quantization ? DataType::Float : value.type, shape);
}

GraphValue Node::fromConstant(TensorPtr tensor) {
  GraphValue value;
  value.type = tensor->type();
  value.shape.assign(tensor->shape().begin(), tensor->shape().end());
  value.constant = std::move(tensor);
  return value;
}

GraphValue Node::fromValue(Value value, DataType type) {
  GraphValue result;
  result.type = type;
  ArrayRef<int64_t> shape =
      llvm::cast<RankedTensorType>(value.getType()).getShape();
  result.shape.assign(shape.begin(), shape.end());
  result.value = value;
  return result;
}

GraphValue Node::scalar(float value) {
  return fromConstant(makeSplat({}, value));
}

Value Node::emit(const GraphValue &value) {
  return value.isConstant() ? importer.materialize(value) : value.value;
}
