//===- WebAssembly.cpp ------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Driver/WebAssembly.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Parser/Parser.h"
#include "smelt/Driver/Diagnostics.h"
#include "smelt/Driver/Signature.h"
#include "smelt/Driver/TextModel.h"
#include "smelt/Support/OutputFiles.h"
#include "smelt/Target/LLVM/Emission.h"
#include "smelt/Target/LLVM/WebAssemblyLinker.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include <map>

using namespace mlir;
using namespace smelt;

/// The two functions of a C library that code calls. Each goes by words of 8
/// bytes, and then by bytes.
static constexpr StringLiteral memoryFunctions = R"mlir(
llvm.func @memcpy(%to: !llvm.ptr {llvm.noalias}, %from: !llvm.ptr {llvm.noalias},
                  %size: i32) -> !llvm.ptr attributes {passthrough = ["no-builtins"]} {
  %zero = llvm.mlir.constant(0 : i32) : i32
  %one = llvm.mlir.constant(1 : i32) : i32
  %word = llvm.mlir.constant(8 : i32) : i32
  %mask = llvm.mlir.constant(-8 : i32) : i32
  %words = llvm.and %size, %mask : i32
  llvm.br ^word(%zero : i32)
^word(%i: i32):
  %isWord = llvm.icmp "ult" %i, %words : i32
  llvm.cond_br %isWord, ^copyWord, ^byte(%i : i32)
^copyWord:
  %fromWord = llvm.getelementptr %from[%i] : (!llvm.ptr, i32) -> !llvm.ptr, i8
  %toWord = llvm.getelementptr %to[%i] : (!llvm.ptr, i32) -> !llvm.ptr, i8
  %eight = llvm.load %fromWord {alignment = 1 : i64} : !llvm.ptr -> i64
  llvm.store %eight, %toWord {alignment = 1 : i64} : i64, !llvm.ptr
  %nextWord = llvm.add %i, %word : i32
  llvm.br ^word(%nextWord : i32)
^byte(%j: i32):
  %isByte = llvm.icmp "ult" %j, %size : i32
  llvm.cond_br %isByte, ^copyByte, ^done
^copyByte:
  %fromByte = llvm.getelementptr %from[%j] : (!llvm.ptr, i32) -> !llvm.ptr, i8
  %toByte = llvm.getelementptr %to[%j] : (!llvm.ptr, i32) -> !llvm.ptr, i8
  %single = llvm.load %fromByte : !llvm.ptr -> i8
  llvm.store %single, %toByte : i8, !llvm.ptr
  %nextByte = llvm.add %j, %one : i32
  llvm.br ^byte(%nextByte : i32)
^done:
  llvm.return %to : !llvm.ptr
}

llvm.func @memset(%to: !llvm.ptr, %value: i32, %size: i32) -> !llvm.ptr
    attributes {passthrough = ["no-builtins"]} {
  %zero = llvm.mlir.constant(0 : i32) : i32
  %one = llvm.mlir.constant(1 : i32) : i32
  %word = llvm.mlir.constant(8 : i32) : i32
  %mask = llvm.mlir.constant(-8 : i32) : i32
  %ones = llvm.mlir.constant(0x0101010101010101 : i64) : i64
  %single = llvm.trunc %value : i32 to i8
  %wide = llvm.zext %single : i8 to i64
  %eight = llvm.mul %wide, %ones : i64
  %words = llvm.and %size, %mask : i32
  llvm.br ^word(%zero : i32)
^word(%i: i32):
  %isWord = llvm.icmp "ult" %i, %words : i32
  llvm.cond_br %isWord, ^setWord, ^byte(%i : i32)
^setWord:
  %toWord = llvm.getelementptr %to[%i] : (!llvm.ptr, i32) -> !llvm.ptr, i8
  llvm.store %eight, %toWord {alignment = 1 : i64} : i64, !llvm.ptr
  %nextWord = llvm.add %i, %word : i32
  llvm.br ^word(%nextWord : i32)
^byte(%j: i32):
  %isByte = llvm.icmp "ult" %j, %size : i32
  llvm.cond_br %isByte, ^setByte, ^done
^setByte:
  %toByte = llvm.getelementptr %to[%j] : (!llvm.ptr, i32) -> !llvm.ptr, i8
  llvm.store %single, %toByte : i8, !llvm.ptr
  %nextByte = llvm.add %j, %one : i32
  llvm.br ^byte(%nextByte : i32)
^done:
  llvm.return %to : !llvm.ptr
}
)mlir";

/// Of the description; another one may have other fields.
static constexpr int64_t kDescriptionVersion = 1;

namespace {
/// An argument of a function, all of which are buffers.
struct BufferArgument {
  enum class Role { Input, State, Output };

  Role role = Role::Input;
  Port port;
  /// The buffer's name among the exports.
  std::string buffer;
};

struct WebFunction {
  std::string name;
  std::vector<BufferArgument> arguments;
};

/// What a module exports.
struct WebInterface {
  std::string name;
  std::vector<WebFunction> functions;
  /// The bytes of each buffer. Functions share those of the same name.
  std::map<std::string, int64_t> buffers;
  /// The positions of a language model; 0 of other networks.
  int64_t contextLength = 0;
};
} // namespace

LogicalResult smelt::checkWebAssembly(const CompileOptions &options,
                                      const llvm::Triple &triple) {
  if (triple.getArch() != llvm::Triple::wasm32)
    return reportError(options.output,
                       "is to be WebAssembly, but the target is '" +
                           triple.str() +
                           "'; give --target wasm32 or wasm32-simd128");
  if (options.model.sharesWork)
    return reportError(options.output,
                       "is WebAssembly of one thread; leave --openmp out");
  if (getFunctionName(options.model) == "memory")
    return reportError(options.output,
                       "cannot have a function 'memory', which is what its "
                       "memory is called; give another --name");
  return success();
}

/// Reads an argument of a function on memrefs.
static FailureOr<BufferArgument> readArgument(func::FuncOp function,
                                              unsigned index) {
  BufferArgument argument;
  auto type = dyn_cast<MemRefType>(function.getArgumentTypes()[index]);
  bool isUnsigned = bool(function.getArgAttr(index, "smelt.unsigned"));
  std::optional<ElementKind> kind =
      type && type.hasStaticShape()
          ? getElementKind(type.getElementType(), isUnsigned)
          : std::nullopt;
  if (!kind)
    return function.emitError() << "argument " << index << " has the type "
                                << function.getArgumentTypes()[index]
                                << ", which JavaScript has no array for";
  if (function.getArgAttr(index, "smelt.state"))
    argument.role = BufferArgument::Role::State;
  else if (function.getArgAttr(index, "bufferize.result"))
    argument.role = BufferArgument::Role::Output;
  Port &port = argument.port;
  port.kind = *kind;
  port.shape = SmallVector<int64_t>(type.getShape());
  if (auto name = function.getArgAttrOfType<StringAttr>(index, "smelt.name"))
    port.name = name.str();
  if (auto scale = function.getArgAttrOfType<FloatAttr>(index, "smelt.scale")) {
    port.isQuantized = true;
    port.scale = scale.getValueAsDouble();
  }
  if (auto zero =
          function.getArgAttrOfType<IntegerAttr>(index, "smelt.zero_point"))
    port.zeroPoint = zero.getInt();
  return argument;
}

/// Names the buffers of a network after what they are, as the names in ONNX
/// files say little: `net_input`, and a second one `net_input2`. A language
/// model's arguments have names.
static void nameBuffers(WebFunction &function, StringRef network,
                        bool isTextModel) {
  unsigned numInputs = 0, numOutputs = 0;
  for (BufferArgument &argument : function.arguments) {
    argument.buffer = (network + "_").str();
    if (isTextModel) {
      argument.buffer += argument.port.name;
      continue;
    }
    bool isInput = argument.role == BufferArgument::Role::Input;
    unsigned number = ++(isInput ? numInputs : numOutputs);
    argument.buffer += isInput ? "input" : "output";
    if (number > 1)
      argument.buffer += std::to_string(number);
  }
}

/// Reads the public functions of a module of loops on memrefs.
static LogicalResult readFunctions(ModuleOp module, WebInterface &interface) {
  for (auto op : module.getOps<func::FuncOp>()) {
    if (!op.isPublic() || op.isExternal())
      continue;
    WebFunction function;
    function.name = op.getName().str();
    for (unsigned i = 0; i < op.getNumArguments(); ++i) {
      FailureOr<BufferArgument> argument = readArgument(op, i);
      if (failed(argument))
        return failure();
      function.arguments.push_back(std::move(*argument));
    }
    nameBuffers(function, interface.name, interface.contextLength != 0);
    interface.functions.push_back(std::move(function));
  }
  for (const WebFunction &function : interface.functions)
    for (const BufferArgument &argument : function.arguments) {
      int64_t &bytes = interface.buffers[argument.buffer];
      int64_t size = static_cast<int64_t>(getElementSize(argument.port.kind));
      bytes = std::max(bytes, size * argument.port.getNumElements());
    }
  return success();
}

static FailureOr<WebInterface> readInterface(Network &network) {
  WebInterface interface;
  interface.name = getFunctionName(network.getOptions());
  if (failed(network.advanceTo(Stage::Integer)))
    return failure();
  FailureOr<func::FuncOp> entry = findEntry(network.getModule());
  if (failed(entry))
    return failure();
  FailureOr<Signature> signature = readSignature(*entry);
  if (failed(signature))
    return failure();
  if (signature->stateBytes != 0) {
    FailureOr<runtime::CompiledModel> model =
        describeTextModel(network.getModule(), network.getOptions().path);
    if (failed(model))
      return failure();
    interface.contextLength = model->context_length;
  }
  if (failed(network.advanceTo(Stage::Loops)) ||
      failed(readFunctions(network.getModule(), interface)))
    return failure();
  return interface;
}

static llvm::json::Object describe(const BufferArgument &argument) {
  const Port &port = argument.port;
  StringRef roles[] = {"input", "state", "output"};
  llvm::json::Object object{
      {"buffer", argument.buffer},
      {"role", roles[static_cast<unsigned>(argument.role)]},
      {"name", llvm::json::fixUTF8(port.name)},
      {"type", getElementName(port.kind)},
      {"shape", llvm::json::Array(port.shape)}};
  if (port.isQuantized) {
    object["scale"] = port.scale;
    object["zero_point"] = port.zeroPoint;
  }
  return object;
}

static std::string describe(const WebInterface &interface) {
  llvm::json::Object functions;
  for (const WebFunction &function : interface.functions) {
    llvm::json::Array arguments;
    for (const BufferArgument &argument : function.arguments)
      arguments.push_back(describe(argument));
    functions[function.name] = std::move(arguments);
  }
  llvm::json::Object object{{"version", kDescriptionVersion},
                            {"name", interface.name},
                            {"functions", std::move(functions)}};
  if (interface.contextLength != 0)
    object["context"] = interface.contextLength;
  return llvm::formatv("{0}", llvm::json::Value(std::move(object)));
}

/// Defines the buffers, filled with zeros.
static LogicalResult addBuffers(ModuleOp module,
                                const WebInterface &interface) {
  constexpr uint64_t kAlignment = 16;
  auto builder = OpBuilder::atBlockEnd(module.getBody());
  Location loc = module.getLoc();
  for (const auto &[name, bytes] : interface.buffers) {
    if (SymbolTable::lookupSymbolIn(module, name))
      return module.emitError() << "name '" << name << "' is taken; give "
                                << "another --name";
    auto type = LLVM::LLVMArrayType::get(builder.getI8Type(), bytes);
    auto global = builder.create<LLVM::GlobalOp>(
        loc, type, /*isConstant=*/false, LLVM::Linkage::External, name,
        Attribute(), kAlignment);
    OpBuilder::InsertionGuard guard(builder);
    builder.createBlock(&global.getInitializerRegion());
    builder.create<LLVM::ReturnOp>(loc,
                                   builder.create<LLVM::ZeroOp>(loc, type));
  }
  return success();
}

static FailureOr<SmallVector<char, 0>>
emitObject(ModuleOp module, llvm::TargetMachine &machine) {
  SmallVector<char, 0> object;
  if (failed(emitNative(module, NativeKind::Object, machine, "", object)))
    return failure();
  return object;
}

LogicalResult smelt::writeWebAssembly(Network &network,
                                      const CompileOptions &options,
                                      llvm::TargetMachine &machine) {
  FailureOr<WebInterface> interface = readInterface(network);
  if (failed(interface) || failed(network.advanceTo(Stage::LLVM)) ||
      failed(addBuffers(network.getModule(), *interface)))
    return failure();
  OwningOpRef<ModuleOp> memory = parseSourceString<ModuleOp>(
      memoryFunctions, network.getModule().getContext());
  if (!memory)
    return failure();
  FailureOr<SmallVector<char, 0>> code =
      emitObject(network.getModule(), machine);
  FailureOr<SmallVector<char, 0>> memoryCode = emitObject(*memory, machine);
  if (failed(code) || failed(memoryCode))
    return failure();
  WebAssemblyJob job;
  job.objects = {{code->data(), code->size()},
                 {memoryCode->data(), memoryCode->size()}};
  for (const WebFunction &function : interface->functions)
    job.exports.push_back(function.name);
  for (const auto &[name, bytes] : interface->buffers)
    job.exports.push_back(name);
  job.description = describe(*interface);
  llvm::Expected<std::string> module = linkWebAssembly(job, options.output);
  if (!module)
    return reportError("", module.takeError());
  OutputFiles files;
  llvm::Error error = files.add(options.output, *module);
  if (!error)
    error = files.commit();
  return error ? reportError("", std::move(error)) : success();
}
