//===- GraphWalk.cpp --------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Importer.h"
#include "Node.h"
#include <google/protobuf/unknown_field_set.h>

using namespace mlir;
using namespace smelt;
using namespace smelt::onnximport;
using google::protobuf::RepeatedPtrField;

std::string onnximport::nameOfNode(const onnx::NodeProto &node) {
  if (!node.name().empty())
    return node.name();
  for (const std::string &output : node.output())
    if (!output.empty())
      return output;
  return node.op_type();
}

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

const GraphValue *Importer::lookup(StringRef name, Scope &scope,
                                   Location location) {
  if (scope.poisoned.contains(name))
    return nullptr;
  auto found = scope.values.find(name);
  if (found != scope.values.end())
    return &found->second;
  const onnx::TensorProto *initializer = scope.initializers.lookup(name);
  if (!initializer) {
    error(location) << "'" << name
                    << "' is used before it is defined, or never defined";
    scope.poisoned.insert(name);
    return nullptr;
  }
  llvm::Expected<TensorPtr> tensor = model->loadTensor(*initializer);
  if (!tensor) {
    error(namedLocation(name)) << "initializer '" << name
                               << "': " << llvm::toString(tensor.takeError());
    scope.poisoned.insert(name);
    return nullptr;
  }
  GraphValue &value = scope.values[name];
  value.type = (*tensor)->type();
  value.shape.assign((*tensor)->shape().begin(), (*tensor)->shape().end());
  value.constant = std::move(*tensor);
  value.name = name.str();
  return &value;
}

void Importer::define(StringRef name, GraphValue value, Scope &scope,
                      Location location) {
  if (name.empty())
    return;
  if (scope.values.contains(name) || scope.initializers.contains(name)) {
    error(location) << "'" << name << "' is defined twice";
    return;
  }
  value.name = name.str();
  scope.values[name] = std::move(value);
}

void Importer::poisonOutputs(const onnx::NodeProto &proto, Scope &scope) {
  for (const std::string &output : proto.output())
    scope.poisoned.insert(output);
}

bool Importer::resolveInputs(const onnx::NodeProto &proto, Scope &scope,
                             Location location,
                             SmallVectorImpl<const GraphValue *> &inputs) {
  bool isComplete = true;
  for (const std::string &input : proto.input()) {
    if (input.empty()) {
      inputs.push_back(nullptr);
      continue;
    }
    const GraphValue *value = lookup(input, scope, location);
    isComplete &= value != nullptr;
    // An optional input that the caller of a function left out.
    bool isAbsent = value && !value->value && !value->constant;
    inputs.push_back(isAbsent ? nullptr : value);
  }
  while (!inputs.empty() && !inputs.back())
    inputs.pop_back();
  return isComplete;
}

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

static LogicalResult checkInputs(Node &node, const OpInfo &info) {
  size_t count = node.inputCount();
  bool isMissing = count < info.minInputs;
  for (unsigned i = 0; i < std::min<size_t>(info.minInputs, count); ++i)
    isMissing |= !node.has(i);
  if (isMissing || count > info.maxInputs)
    return node.fail("has " + Twine(count) + " inputs, but needs " +
                     Twine(info.minInputs) +
                     (info.maxInputs == info.minInputs ? "" : " or more"));
  for (size_t i = 0; i < count; ++i) {
    if (!node.has(i))
      continue;
    const GraphValue &input = node.in(i);
    if (info.onQuantized == OnQuantized::Refuse && input.quantization)
      return node.fail("computes on the quantized integers of '" + input.name +
                       "'; put DequantizeLinear before it");
    bool isNumber = isFloat(input.type) || input.type == DataType::Int32 ||
                    input.type == DataType::Int64;
    bool fits =
        info.types == InputTypes::Any || isFloat(input.type) ||
        (info.types == InputTypes::Number && (isNumber || input.isConstant()));
    if (fits)
      continue;
    if (isNarrowInteger(input.type))
      return node.fail("computes on " + nameOf(input.type) + " '" + input.name +
                       "' without scales; export the model with "
                       "QuantizeLinear and DequantizeLinear");
    return node.fail("input '" + input.name + "' of type " +
                     nameOf(input.type) + " is not supported");
  }
  return success();
}

void Importer::importNodes(const RepeatedPtrField<onnx::NodeProto> &nodes,
                           Scope &scope) {
  for (const onnx::NodeProto &proto : nodes) {
    if (--nodesLeft < 0) {
      if (nodesLeft == -1)
        error(fileLocation()) << "the model has more than a million nodes once "
                                 "its functions are inlined";
      return;
    }
    importNode(proto, scope, scope.prefix + nameOfNode(proto));
  }
}

void Importer::importNode(const onnx::NodeProto &proto, Scope &scope,
                          StringRef name) {
  Location location = namedLocation(name);
  SmallVector<const GraphValue *> inputs;
  StringRef domain = canonicalDomain(proto.domain());
  const onnx::FunctionProto *callee =
      model->findFunction(domain, proto.op_type());
  const OpInfo *info = OpTable::get().find(domain, proto.op_type());
  if (!resolveInputs(proto, scope, location, inputs) || (!callee && !info))
    return poisonOutputs(proto, scope);
  if (callee)
    return callFunction(*callee, proto, scope, inputs, name);

  Node node(*this, scope, proto, inputs, name, location);
  if (failed(checkInputs(node, *info)) || failed(info->handler(node)) ||
      node.hasFailed()) {
    if (!node.hasFailed())
      (void)node.fail("cannot be imported");
    ++errors;
    return poisonOutputs(proto, scope);
  }
  for (auto [index, output] : llvm::enumerate(proto.output())) {
    if (output.empty())
      continue;
    GraphValue result = node.getResults()[index];
    bool isMissing = !result.value && !result.constant;
    if (isMissing || (result.value && result.size() == 0)) {
      error(location) << proto.op_type() << ": output '" << output
                      << (isMissing ? "' is not supported"
                                    : "' has no elements");
      scope.poisoned.insert(output);
      continue;
    }
    bool keeps = info->onQuantized == OnQuantized::Keep && !inputs.empty() &&
                 inputs.front() && inputs.front()->quantization;
    if (keeps && !result.quantization) {
      if (!inputs.front()->quantization->isPerTensor()) {
        error(location) << proto.op_type()
                        << ": is not supported on values quantized per axis";
        scope.poisoned.insert(output);
        continue;
      }
      result.type = inputs.front()->type;
      result.quantization = inputs.front()->quantization;
    }
    define(output, std::move(result), scope, location);
  }
}

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

bool Importer::bindAttributes(const onnx::FunctionProto &function,
                              const onnx::NodeProto &call, Scope &caller,
                              Scope &callee) {
  // Default values are a later addition to the schema: field 11.
  constexpr int kDefaults = 11;
  const auto &unknown = function.GetReflection()->GetUnknownFields(function);
  for (int i = 0; i < unknown.field_count(); ++i) {
    const google::protobuf::UnknownField &field = unknown.field(i);
    if (field.number() != kDefaults ||
        field.type() != google::protobuf::UnknownField::TYPE_LENGTH_DELIMITED)
      continue;
    auto attribute = std::make_unique<onnx::AttributeProto>();
    if (!attribute->ParsePartialFromString(field.length_delimited()))
      return false;
    callee.attributes[attribute->name()] = attribute.get();
    defaultAttributes.push_back(std::move(attribute));
  }
  for (const onnx::AttributeProto &attribute : call.attribute()) {
    const onnx::AttributeProto *value = &attribute;
    if (!attribute.ref_attr_name().empty())
      value = caller.attributes.lookup(attribute.ref_attr_name());
    if (value)
      callee.attributes[attribute.name()] = value;
  }
  return true;
}

void Importer::callFunction(const onnx::FunctionProto &function,
                            const onnx::NodeProto &call, Scope &caller,
                            ArrayRef<const GraphValue *> inputs,
                            StringRef name) {
  constexpr unsigned kMaxDepth = 64;
  Location location = namedLocation(name);
  Scope callee;
  callee.isFunction = true;
  callee.depth = caller.depth + 1;
  callee.prefix = (name + "/").str();
  bool isBound = bindAttributes(function, call, caller, callee);
  if (!isBound || callee.depth > kMaxDepth ||
      static_cast<int>(inputs.size()) > function.input_size() ||
      call.output_size() > function.output_size()) {
    error(location) << call.op_type()
                    << (callee.depth > kMaxDepth
                            ? ": functions call each other too deeply"
                            : ": does not fit the function of this name");
    return poisonOutputs(call, caller);
  }
  callee.opsets = caller.opsets;
  for (const onnx::OperatorSetIdProto &opset : function.opset_import())
    callee.opsets[canonicalDomain(opset.domain())] = opset.version();
  for (auto [index, formal] : llvm::enumerate(function.input()))
    callee.values[formal] =
        index < inputs.size() && inputs[index] ? *inputs[index] : GraphValue();
  importNodes(function.node(), callee);
  for (auto [index, output] : llvm::enumerate(call.output())) {
    if (output.empty())
      continue;
    const GraphValue *value =
        lookup(function.output(static_cast<int>(index)), callee, location);
    if (value && (value->value || value->constant))
      define(output, *value, caller, location);
    else
      caller.poisoned.insert(output);
  }
}
