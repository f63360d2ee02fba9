//===- TextModel.cpp --------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Driver/TextModel.h"
#include "mlir/Pass/PassManager.h"
#include "smelt/Dialect/Ternary/Transforms/Passes.h"
#include "smelt/Driver/Diagnostics.h"
#include "smelt/Driver/Signature.h"
#include "smelt/Runtime/Load/LoadTokenizer.h"
#include "llvm/Support/FileSystem.h"

using namespace mlir;
using namespace smelt;
using namespace smelt::runtime;

/// The positions of the cache: the first dimension of any part of it.
static int64_t getContextLength(func::FuncOp function) {
  for (unsigned i = 0; i < function.getNumArguments(); ++i)
    if (function.getArgAttr(i, "smelt.state"))
      return cast<ShapedType>(function.getArgumentTypes()[i]).getDimSize(0);
  return 0;
}

/// The shape of a function's first input, which is the tokens.
static FailureOr<int64_t> countTokens(func::FuncOp function) {
  FailureOr<Signature> signature = readSignature(function);
  if (failed(signature) || signature->inputs.empty())
    return failure();
  return signature->inputs[0].getNumElements();
}

/// Reads how many tokens the functions take that a model may be without.
static LogicalResult readBlockSizes(ModuleOp module, StringRef path,
                                    CompiledModel &model) {
  for (auto [function, size] :
       {std::pair(findPrefill(module), &model.block_size),
        std::pair(findVerify(module), &model.verify_size),
        std::pair(findBatch(module), &model.num_sequences)}) {
    if (!function)
      continue;
    FailureOr<int64_t> count = countTokens(function);
    if (failed(count))
      return failure();
    *size = *count;
  }
  if (model.verify_size > kMostDrafts + 1)
    return reportError(path, "verifies blocks of " + Twine(model.verify_size) +
                                 " tokens, more than " +
                                 Twine(kMostDrafts + 1));
  func::FuncOp batch = findBatch(module);
  if (!batch)
    return success();
  if (model.num_sequences > kMostSequences)
    return reportError(path, "decodes " + Twine(model.num_sequences) +
                                 " sequences at once, more than " +
                                 Twine(kMostSequences));
  if (ternary::getNumSequences(batch) != model.num_sequences ||
      ternary::getStateSize(batch) != model.num_sequences * model.cache_size)
    return reportError(path, "has other caches for several sequences than for "
                             "one");
  return success();
}

FailureOr<CompiledModel> smelt::describeTextModel(ModuleOp module,
                                                  StringRef path) {
  FailureOr<func::FuncOp> entry = findEntry(module);
  if (failed(entry))
    return failure();
  FailureOr<Signature> signature = readSignature(*entry);
  if (failed(signature))
    return failure();
  CompiledModel model = {};
  model.context_length = getContextLength(*entry);
  if (model.context_length == 0 || signature->inputs.size() != 2 ||
      signature->outputs.size() != 1)
    return reportError(path, "is no language model: run it with -i");
  model.vocabulary_size = signature->outputs[0].getNumElements();
  model.logit_scale = signature->outputs[0].scale;
  model.cache_size = signature->stateBytes;
  if (failed(readBlockSizes(module, path, model)))
    return failure();
  return model;
}

static LogicalResult checkFolder(StringRef path) {
  if (llvm::sys::fs::is_directory(path))
    return success();
  return reportError(path, "is not the folder of a language model");
}

FailureOr<Tokenizer> smelt::readTokenizer(StringRef folder) {
  if (failed(checkFolder(folder)))
    return failure();
  llvm::Expected<TokenizerDefinition> definition = loadTokenizer(folder);
  if (!definition)
    return reportError("", definition.takeError());
  Result<Tokenizer> tokenizer = Tokenizer::create(std::move(*definition));
  if (!tokenizer)
    return reportError(folder, tokenizer.failure().message);
  return *tokenizer;
}

LogicalResult TextModel::compile(ModuleOp module,
                                 const ModelOptions &modelOptions,
                                 const JITOptions &jitOptions) {
  ModelOptions options = modelOptions;
  if (failed(
          selectHostVectors(jitOptions.machine, options, module.getContext())))
    return failure();
  functions.decode = findEntry(module)->getName();
  std::vector<std::string> names = {functions.decode};
  auto addName = [&](func::FuncOp function, std::string &name) {
    if (function)
      names.push_back(name = function.getName());
  };
  addName(findPrefill(module), functions.prefill);
  addName(findVerify(module), functions.verify);
  addName(findBatch(module), functions.batch);
  PassManager manager(module.getContext(), ModuleOp::getOperationName());
  buildStage(Stage::Loops, options, manager);
  buildStage(Stage::LLVM, options, manager);
  if (failed(manager.run(module)))
    return failure();
  kernelCalls = readKernelCalls(module);
  FailureOr<std::unique_ptr<JITModule>> created =
      JITModule::create(module, names, jitOptions);
  if (failed(created))
    return failure();
  jit = std::move(*created);
  unsigned index = 0;
  auto setAddress = [&](const std::string &name, auto &address) {
    if (!name.empty())
      address = reinterpret_cast<std::decay_t<decltype(address)>>(
          jit->getAddress(index++));
  };
  setAddress(functions.decode, compiled.decode);
  setAddress(functions.prefill, compiled.prefill);
  setAddress(functions.verify, compiled.verify);
  setAddress(functions.batch, compiled.batch);
  return success();
}

FailureOr<std::unique_ptr<TextModel>>
TextModel::create(const ModelOptions &modelOptions, MLIRContext *context) {
  ModelOptions options = modelOptions;
  if (failed(checkFolder(options.path)) ||
      failed(selectHostVectors({}, options, context)))
    return failure();
  FailureOr<std::unique_ptr<Network>> network = Network::load(options, context);
  if (failed(network) || failed((*network)->advanceTo(Stage::Integer)))
    return failure();
  return create(std::move(*network), options);
}

FailureOr<std::unique_ptr<TextModel>>
TextModel::create(std::unique_ptr<Network> network, const ModelOptions &options,
                  const JITOptions &jitOptions) {
  FailureOr<CompiledModel> compiled =
      describeTextModel(network->getModule(), options.path);
  if (failed(compiled))
    return failure();
  std::unique_ptr<TextModel> model(new TextModel());
  model->network = std::move(network);
  model->compiled = *compiled;
  if (failed(model->compile(model->network->getModule(), options, jitOptions)))
    return failure();
  constexpr size_t kAlignment = 64;
  size_t size = Session::getMemorySize(model->compiled);
  model->memory.reset(std::aligned_alloc(kAlignment, size));
  if (!model->memory)
    return reportError(options.path, "needs " + Twine(size) +
                                         " bytes for its context; give a "
                                         "smaller --context");
  model->session.emplace(model->compiled, model->memory.get());
  return model;
}

Session &TextModel::beginSession() {
  session->reset();
  return *session;
}
