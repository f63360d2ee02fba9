//===- Generate.cpp ---------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Driver/Commands.h"
#include "smelt/Driver/Diagnostics.h"
#include "smelt/Driver/Executor.h"
#include "smelt/Driver/Network.h"
#include "smelt/Runtime/Chat.h"
#include "smelt/Runtime/Load/LoadTokenizer.h"
#include "smelt/Runtime/ReplyStream.h"
#include "smelt/Runtime/Tokenizer.h"
#include "llvm/Support/FileSystem.h"

using namespace mlir;
using namespace smelt;
using namespace smelt::runtime;

namespace {
/// A language model that has been compiled, at some position of a text.
class Generator {
public:
  static FailureOr<std::unique_ptr<Generator>>
  create(const ModelOptions &options, MLIRContext *context);

  int64_t getVocabularySize() const {
    return executor->getSignature().outputs[0].getNumElements();
  }
  int64_t getContextLength() const { return contextLength; }

  /// The logits after one more token.
  const HostTensor &push(TokenId token);
  double getScale() const { return executor->getSignature().outputs[0].scale; }

private:
  std::unique_ptr<Network> network;
  std::unique_ptr<Executor> executor;
  std::vector<HostTensor> inputs, outputs;
  int64_t contextLength = 0;
  int32_t position = 0;
};
} // namespace

/// The positions of the cache: the first dimension of any part of it.
static int64_t getContextLength(func::FuncOp function) {
  for (unsigned i = 0; i < function.getNumArguments(); ++i)
    if (function.getArgAttr(i, "smelt.state"))
      return cast<ShapedType>(function.getArgumentTypes()[i]).getDimSize(0);
  return 0;
}

FailureOr<std::unique_ptr<Generator>>
Generator::create(const ModelOptions &options, MLIRContext *context) {
  auto generator = std::make_unique<Generator>();
  FailureOr<std::unique_ptr<Network>> network = Network::load(options, context);
  if (failed(network) || failed((*network)->advanceTo(Stage::Integer)))
    return failure();
  FailureOr<func::FuncOp> entry = findEntry((*network)->getModule());
  if (failed(entry))
    return failure();
  generator->contextLength = ::getContextLength(*entry);
  FailureOr<std::unique_ptr<Executor>> executor =
      Executor::create((*network)->getModule(), options);
  if (failed(executor))
    return failure();
  const Signature &signature = (*executor)->getSignature();
  if (generator->contextLength == 0 || signature.inputs.size() != 2 ||
      signature.outputs.size() != 1)
    return reportError(options.path, "is no language model: run it with -i");
  for (const Port &port : signature.inputs)
    generator->inputs.emplace_back(port.kind, port.shape);
  generator->network = std::move(*network);
  generator->executor = std::move(*executor);
  return generator;
}

const HostTensor &Generator::push(TokenId token) {
  auto set = [](HostTensor &tensor, int32_t value) {
    std::memcpy(tensor.bytes.data(), &value, sizeof(value));
  };
  set(inputs[0], static_cast<int32_t>(token));
  set(inputs[1], position++);
  outputs = executor->run(inputs);
  return outputs[0];
}

static FailureOr<Tokenizer> readTokenizer(StringRef folder) {
  llvm::Expected<TokenizerDefinition> definition = loadTokenizer(folder);
  if (!definition)
    return reportError("", definition.takeError());
  Result<Tokenizer> tokenizer = Tokenizer::create(std::move(*definition));
  if (!tokenizer)
    return reportError(folder, tokenizer.failure().message);
  return *tokenizer;
}

static FailureOr<std::vector<TokenId>>
encodePrompt(const Tokenizer &tokenizer, const GenerationOptions &options,
             StringRef folder) {
  Result<std::vector<TokenId>> ids =
      options.isChat
          ? encodeChatTurn(tokenizer, {true, options.system, options.prompt})
          : tokenizer.encode(options.prompt);
  if (!ids)
    return reportError(options.isChat ? folder : "--prompt",
                       ids.failure().message);
  return *ids;
}

/// Checks that a prompt leaves room in the model's context.
static LogicalResult checkPrompt(ArrayRef<TokenId> ids,
                                 const Generator &generator) {
  if (ids.empty())
    return reportError("--prompt", "has no tokens, and the model does not "
                                   "begin texts by itself");
  for (TokenId id : ids)
    if (id >= generator.getVocabularySize())
      return reportError("--prompt", "the tokenizer has token " + Twine(id) +
                                         ", but the model only " +
                                         Twine(generator.getVocabularySize()));
  if (static_cast<int64_t>(ids.size()) > generator.getContextLength())
    return reportError("--prompt", "has " + Twine(ids.size()) +
                                       " tokens, but the model's context has "
                                       "room for " +
                                       Twine(generator.getContextLength()));
  return success();
}

/// Prints tokens as they come, up to the end of the reply.
static void generate(Generator &generator, const Tokenizer &tokenizer,
                     const GenerationOptions &options,
                     ArrayRef<TokenId> prompt) {
  Sampler sampler(options.sampler);
  ReplyStream reply(tokenizer, options.stops);
  const HostTensor *logits = nullptr;
  for (TokenId id : prompt) {
    logits = &generator.push(id);
    sampler.accept(id);
  }
  int64_t room =
      generator.getContextLength() - static_cast<int64_t>(prompt.size());
  std::string text;
  for (int64_t i = 0; i < std::min(options.length, room); ++i) {
    TokenId id =
        sampler.sample(reinterpret_cast<const int32_t *>(logits->bytes.data()),
                       generator.getVocabularySize(), generator.getScale());
    sampler.accept(id);
    text.clear();
    bool isDone = reply.push(id, text);
    llvm::outs() << text;
    llvm::outs().flush();
    if (isDone) {
      llvm::outs() << "\n";
      return;
    }
    logits = &generator.push(id);
  }
  text.clear();
  reply.finish(text);
  llvm::outs() << text << "\n";
  if (room < options.length)
    llvm::errs() << "smelt: note: the model's context of "
                 << generator.getContextLength() << " tokens is full\n";
}

LogicalResult smelt::runGeneration(const RunOptions &options,
                                   MLIRContext *context) {
  StringRef folder = options.model.path;
  const GenerationOptions &generation = *options.generation;
  if (MaybeFailure failure = validate(generation.sampler))
    return reportError("", failure->message);
  if (!llvm::sys::fs::is_directory(folder))
    return reportError(folder, "is not the folder of a language model");
  FailureOr<Tokenizer> tokenizer = readTokenizer(folder);
  if (failed(tokenizer))
    return failure();
  FailureOr<std::vector<TokenId>> prompt =
      encodePrompt(*tokenizer, generation, folder);
  if (failed(prompt))
    return failure();
  FailureOr<std::unique_ptr<Generator>> generator =
      Generator::create(options.model, context);
  if (failed(generator) || failed(checkPrompt(*prompt, **generator)))
    return failure();
  if (!generation.isChat)
    llvm::outs() << generation.prompt;
  generate(**generator, *tokenizer, generation, *prompt);
  return success();
}
