//===- Importer.cpp ---------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Importer.h"
#include "Node.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/IR/Verifier.h"
#include "smelt/Dialect/Ternary/IR/TernaryDialect.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace smelt;
using namespace smelt::onnximport;
using google::protobuf::RepeatedPtrField;

Importer::Importer(std::shared_ptr<Model> model,
                   const ONNXImportOptions &options, MLIRContext *context)
    : model(std::move(model)), options(options), builder(context) {}

Location Importer::fileLocation() {
  return FileLineColLoc::get(builder.getContext(), model->path(), 0, 0);
}

Location Importer::namedLocation(StringRef name) {
  return NameLoc::get(builder.getStringAttr(name), fileLocation());
}

InFlightDiagnostic Importer::error(Location location) {
  ++errors;
  return emitError(location);
}

bool Importer::reserveConstant(int64_t bytes) {
  constantBytesLeft -= bytes;
  return constantBytesLeft >= 0;
}

Value Importer::materialize(const GraphValue &value) {
  Value &result = materialized[value.constant];
  if (!result) {
    Location location =
        value.name.empty() ? fileLocation() : namedLocation(value.name);
    ElementsAttr attribute =
        value.constant->toAttribute(builder.getContext(), value.name);
    result =
        builder.create<tosa::ConstOp>(location, attribute.getType(), attribute);
  }
  return result;
}

//===----------------------------------------------------------------------===//
// The model's interface
//===----------------------------------------------------------------------===//

void Importer::checkModel(Scope &scope) {
  for (const onnx::OperatorSetIdProto &opset : model->proto().opset_import())
    scope.opsets[canonicalDomain(opset.domain())] = opset.version();
  auto core = scope.opsets.find("");
  if (core == scope.opsets.end())
    error(fileLocation()) << "the model names no version of ONNX's operators";
  else if (core->second < 1 || core->second > 28)
    error(fileLocation()) << "operator set " << core->second
                          << " is not supported; export with opset 7 to 25";
  if (model->proto().graph().sparse_initializer_size())
    error(fileLocation()) << "sparse initializers are not supported; store "
                             "them dense";
  reportUnsupported();
}

static void collectNodes(const RepeatedPtrField<onnx::NodeProto> &nodes,
                         std::vector<const onnx::NodeProto *> &list) {
  for (const onnx::NodeProto &node : nodes)
    list.push_back(&node);
}

void Importer::reportUnsupported() {
  std::vector<const onnx::NodeProto *> nodes;
  llvm::StringSet<> seen;
  collectNodes(model->proto().graph().node(), nodes);
  for (size_t i = 0; i < nodes.size(); ++i) {
    const onnx::NodeProto &node = *nodes[i];
    StringRef domain = canonicalDomain(node.domain());
    if (const onnx::FunctionProto *callee =
            model->findFunction(domain, node.op_type())) {
      if (seen.insert((domain + ":" + node.op_type()).str()).second)
        collectNodes(callee->node(), nodes);
      continue;
    }
    if (OpTable::get().find(domain, node.op_type()))
      continue;
    InFlightDiagnostic diagnostic = error(namedLocation(nameOfNode(node)));
    diagnostic << node.op_type();
    if (!domain.empty())
      diagnostic << " (domain " << domain << ")";
    bool isControl = node.op_type() == "If" || node.op_type() == "Loop" ||
                     node.op_type() == "Scan";
    diagnostic << (isControl
                       ? ": control flow is not supported; export the model "
                         "for one fixed path"
                       : ": this operator is not supported; replace it by "
                         "others before exporting");
  }
}

void Importer::declareInitializers(Scope &scope) {
  for (const onnx::TensorProto &tensor : model->proto().graph().initializer())
    if (!scope.initializers.try_emplace(tensor.name(), &tensor).second)
      error(namedLocation(tensor.name()))
          << "initializer '" << tensor.name() << "' is defined twice";
}

std::optional<Shape>
Importer::readInputShape(const onnx::ValueInfoProto &input) {
  Location location = namedLocation(input.name());
  const onnx::TypeProto::Tensor &type = input.type().tensor_type();
  if (!type.has_shape()) {
    error(location) << "input '" << input.name()
                    << "' has no shape; export the model with one";
    return std::nullopt;
  }
  Shape shape;
  bool isBound = true;
  for (auto [index, dimension] : llvm::enumerate(type.shape().dim())) {
    std::string name = dimension.dim_param();
    if (name.empty())
      name = input.name() + ":" + std::to_string(index);
    bool isKnown = knownDimensions.contains(name);
    knownDimensions.insert(name);
    auto bound = options.dimensions.find(name);
    if (dimension.has_dim_value() && dimension.dim_value() > 0) {
      shape.push_back(dimension.dim_value());
    } else if (bound != options.dimensions.end()) {
      shape.push_back(bound->second);
    } else {
      isBound = false;
      if (!isKnown)
        unboundDimensions.push_back(name);
    }
  }
  if (!isBound)
    return std::nullopt;
  std::optional<int64_t> count = countElements(shape);
  if (count && *count > 0)
    return shape;
  error(location) << "the shape of input '" << input.name()
                  << "' is empty or too large";
  return std::nullopt;
}

void Importer::reportUnboundDimensions() {
  if (!unboundDimensions.empty()) {
    InFlightDiagnostic diagnostic = error(fileLocation());
    diagnostic << "dimensions without a fixed size: ";
    llvm::interleaveComma(unboundDimensions, diagnostic);
    diagnostic << "; give each one with --dim " << unboundDimensions.front()
               << "=1";
  }
  for (const auto &entry : options.dimensions)
    if (!knownDimensions.contains(entry.getKey()))
      error(fileLocation())
          << "the model has no dimension '" << entry.getKey() << "'";
}

static Type argumentElementType(DataType type, MLIRContext *context) {
  if (isNarrowInteger(type))
    return IntegerType::get(context, 8 * elementSize(type));
  return elementTypeOf(type, context);
}

/// Narrow integers are computed on as i32.
Value Importer::adaptInput(Value argument, DataType type) {
  if (!isNarrowInteger(type))
    return argument;
  Location location = argument.getLoc();
  auto shape = cast<RankedTensorType>(argument.getType());
  auto wide = RankedTensorType::get(shape.getShape(), builder.getI32Type());
  Value result = builder.create<tosa::CastOp>(location, wide, argument);
  int64_t max = rangeOf(type)->max;
  if (rangeOf(type)->min < 0)
    return result;
  Value mask = builder.create<tosa::ConstOp>(
      location, wide, DenseElementsAttr::get(wide, static_cast<int32_t>(max)));
  return builder.create<tosa::BitwiseAndOp>(location, wide, result, mask);
}

void Importer::declareInputs(Scope &scope) {
  struct Input {
    const onnx::ValueInfoProto *info;
    DataType type;
    RankedTensorType tensorType;
  };
  SmallVector<Input> inputs;
  MLIRContext *context = builder.getContext();
  llvm::StringSet<> names;
  for (const onnx::ValueInfoProto &info : model->proto().graph().input()) {
    if (scope.initializers.contains(info.name()))
      continue;
    auto type =
        heldAs(static_cast<DataType>(info.type().tensor_type().elem_type()));
    bool isSupported = info.type().has_tensor_type() &&
                       type != DataType::Undefined &&
                       type != DataType::UInt32 && type != DataType::UInt64;
    if (!isSupported)
      error(namedLocation(info.name()))
          << "input '" << info.name()
          << "' must be a tensor of floats, signed or narrow integers";
    if (!names.insert(info.name()).second)
      error(namedLocation(info.name()))
          << "input '" << info.name() << "' is defined twice";
    std::optional<Shape> shape;
    if (isSupported)
      shape = readInputShape(info);
    if (!shape) {
      scope.poisoned.insert(info.name());
      continue;
    }
    inputs.push_back(
        {&info, type,
         RankedTensorType::get(*shape, argumentElementType(type, context))});
  }
  reportUnboundDimensions();
  SmallVector<Type> types;
  for (const Input &input : inputs)
    types.push_back(input.tensorType);
  function = builder.create<func::FuncOp>(fileLocation(), "main",
                                          builder.getFunctionType(types, {}));
  Block *block = function.addEntryBlock();
  builder.setInsertionPointToStart(block);
  for (auto [index, input] : llvm::enumerate(inputs)) {
    BlockArgument argument = block->getArgument(index);
    argument.setLoc(namedLocation(input.info->name()));
    function.setArgAttr(index, "smelt.name",
                        builder.getStringAttr(input.info->name()));
    GraphValue value;
    value.type = input.type;
    value.shape.assign(input.tensorType.getShape().begin(),
                       input.tensorType.getShape().end());
    value.value = adaptInput(argument, input.type);
    value.name = input.info->name();
    scope.values[input.info->name()] = std::move(value);
  }
}

void Importer::emitReturn(Scope &scope) {
  SmallVector<Value> results;
  SmallVector<const GraphValue *> values;
  const onnx::GraphProto &graph = model->proto().graph();
  for (const onnx::ValueInfoProto &output : graph.output()) {
    Location location = namedLocation(output.name());
    const GraphValue *value = lookup(output.name(), scope, location);
    if (!value)
      continue;
    results.push_back(value->isConstant() ? materialize(*value) : value->value);
    values.push_back(value);
  }
  if (graph.output_size() == 0)
    error(fileLocation()) << "the graph has no outputs";
  if (errors)
    return;
  builder.create<func::ReturnOp>(fileLocation(), results);
  function.setType(builder.getFunctionType(function.getArgumentTypes(),
                                           ValueRange(results).getTypes()));
  for (auto [index, value] : llvm::enumerate(values)) {
    function.setResultAttr(
        index, "smelt.name",
        builder.getStringAttr(graph.output(static_cast<int>(index)).name()));
    if (!value->quantization || !value->quantization->isPerTensor())
      continue;
    function.setResultAttr(
        index, "smelt.scale",
        builder.getF64FloatAttr(value->quantization->scales.front()));
    function.setResultAttr(
        index, "smelt.zero_point",
        builder.getI64IntegerAttr(value->quantization->zeroPoints.front()));
  }
}

OwningOpRef<ModuleOp> Importer::run() {
  module = ModuleOp::create(fileLocation());
  (*module)->setAttr("smelt.model", builder.getStringAttr(
                                        llvm::sys::path::stem(model->path())));
  builder.setInsertionPointToEnd(module->getBody());
  Scope scope;
  checkModel(scope);
  declareInitializers(scope);
  declareInputs(scope);
  importNodes(model->proto().graph().node(), scope);
  emitReturn(scope);
  if (errors)
    return nullptr;
  if (failed(verify(*module)))
    return nullptr;
  return std::move(module);
}

OwningOpRef<ModuleOp> smelt::importONNX(StringRef path,
                                        const ONNXImportOptions &options,
                                        MLIRContext *context) {
  context->loadDialect<func::FuncDialect, tosa::TosaDialect,
                       ternary::TernaryDialect>();
  llvm::Expected<std::shared_ptr<Model>> model = Model::load(path);
  if (!model) {
    emitError(FileLineColLoc::get(context, path, 0, 0))
        << "cannot import the model: " << llvm::toString(model.takeError());
    return nullptr;
  }
  return Importer(std::move(*model), options, context).run();
}

LogicalResult smelt::parseDimension(StringRef text,
                                    ONNXImportOptions &options) {
  auto [name, number] = text.rsplit('=');
  int64_t size;
  if (name.empty() || number.getAsInteger(10, size) || size < 1 ||
      size > kMaxElements)
    return failure();
  options.dimensions[name] = size;
  return success();
}
