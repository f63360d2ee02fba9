//===- Generate.cpp ---------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Dialect/Ternary/Transforms/Passes.h"
#include "smelt/Driver/Commands.h"
#include "smelt/Driver/Diagnostics.h"
#include "smelt/Driver/Executor.h"
#include "smelt/Driver/Network.h"
#include "smelt/Driver/TextProgram.h"
#include "smelt/Runtime/Load/LoadTokenizer.h"
#include "smelt/Runtime/Serialization.h"
#include "smelt/Runtime/TextGenerator.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"

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

FailureOr<TextNetwork> smelt::readTextNetwork(ModuleOp module, StringRef path) {
  FailureOr<func::FuncOp> entry = findEntry(module);
  if (failed(entry))
    return failure();
  FailureOr<Signature> signature = readSignature(*entry);
  if (failed(signature))
    return failure();
  TextNetwork network;
  network.contextLength = getContextLength(*entry);
  if (network.contextLength == 0 || signature->inputs.size() != 2 ||
      signature->outputs.size() != 1)
    return reportError(path, "is no language model: run it with -i");
  network.vocabularySize = signature->outputs[0].getNumElements();
  network.scale = signature->outputs[0].scale;
  return network;
}

namespace {
/// Runs a compiled network token by token.
class TextExecutor {
public:
  explicit TextExecutor(std::unique_ptr<Executor> compiled)
      : executor(std::move(compiled)) {
    for (const Port &port : executor->getSignature().inputs)
      inputs.emplace_back(port.kind, port.shape);
  }

  const int32_t *step(TokenId token, int32_t position) {
    auto set = [](HostTensor &tensor, int32_t value) {
      std::memcpy(tensor.bytes.data(), &value, sizeof(value));
    };
    set(inputs[0], static_cast<int32_t>(token));
    set(inputs[1], position);
    outputs = executor->run(inputs);
    return reinterpret_cast<const int32_t *>(outputs[0].bytes.data());
  }

private:
  std::unique_ptr<Executor> executor;
  std::vector<HostTensor> inputs, outputs;
};
} // namespace

static FailureOr<Tokenizer> readTokenizer(StringRef folder) {
  llvm::Expected<TokenizerDefinition> definition = loadTokenizer(folder);
  if (!definition)
    return reportError("", definition.takeError());
  Result<Tokenizer> tokenizer = Tokenizer::create(std::move(*definition));
  if (!tokenizer)
    return reportError(folder, tokenizer.failure().message);
  return *tokenizer;
}

LogicalResult smelt::runGeneration(const RunOptions &options,
                                   MLIRContext *context) {
  StringRef folder = options.model.path;
  const TextOptions &text = *options.generation;
  if (MaybeFailure failure = validate(text.sampler))
    return reportError("", failure->message);
  if (!llvm::sys::fs::is_directory(folder))
    return reportError(folder, "is not the folder of a language model");
  FailureOr<Tokenizer> tokenizer = readTokenizer(folder);
  if (failed(tokenizer))
    return failure();
  FailureOr<std::unique_ptr<Network>> loaded =
      Network::load(options.model, context);
  if (failed(loaded) || failed((*loaded)->advanceTo(Stage::Integer)))
    return failure();
  FailureOr<TextNetwork> network =
      readTextNetwork((*loaded)->getModule(), folder);
  if (failed(network))
    return failure();
  Result<std::vector<TokenId>> prompt =
      encodePrompt(*tokenizer, *network, text);
  if (!prompt)
    return reportError("--prompt", prompt.failure().message);
  FailureOr<std::unique_ptr<Executor>> executor =
      Executor::create((*loaded)->getModule(), options.model);
  if (failed(executor))
    return failure();
  TextExecutor compiled(std::move(*executor));
  network->step = [&](TokenId token, int32_t position) {
    return compiled.step(token, position);
  };
  auto print = [](std::string_view piece) {
    llvm::outs() << StringRef(piece.data(), piece.size());
    llvm::outs().flush();
  };
  if (!text.isChat)
    print(text.prompt);
  TextEnd end = continueText(*tokenizer, *network, text, *prompt, print);
  print("\n");
  if (end == TextEnd::Context)
    llvm::errs() << "smelt: note: the model's context of "
                 << network->contextLength << " tokens is full\n";
  return success();
}

FailureOr<std::string> smelt::makeTextProgram(ModuleOp module, StringRef folder,
                                              StringRef function) {
  FailureOr<TextNetwork> network = readTextNetwork(module, folder);
  FailureOr<func::FuncOp> entry = findEntry(module);
  llvm::Expected<TokenizerDefinition> definition = loadTokenizer(folder);
  if (!definition)
    return reportError("", definition.takeError());
  if (failed(network) || failed(entry))
    return failure();
  std::string bytes = serialize(*definition);
  std::string code;
  llvm::raw_string_ostream os(code);
  os << "#include <stddef.h>\n#include <stdint.h>\n"
     << "void " << function
     << "(const int32_t *, const int32_t *, int8_t *, int32_t *);\n"
     << "int smelt_text_program(void (*)(const int32_t *, const int32_t *, "
        "int8_t *, int32_t *), int8_t *, int32_t *, int64_t, int64_t, double, "
        "const unsigned char *, size_t, int, char **);\n"
     << "static int64_t state[" << ternary::getStateSize(*entry) / 8
     << "];\nstatic int32_t logits[" << network->vocabularySize
     << "];\nstatic const unsigned char tokenizer[] = {";
  for (auto [i, byte] : llvm::enumerate(bytes))
    os << (i % 32 == 0 ? "\n" : "") << unsigned(static_cast<uint8_t>(byte))
       << ',';
  os << "};\nint main(int argc, char **argv) {\n  return smelt_text_program("
     << function << ", (int8_t *)state, logits, " << network->vocabularySize
     << ", " << network->contextLength << ", "
     << llvm::format("%a", network->scale)
     << ", tokenizer, sizeof tokenizer, argc, argv);\n}\n";
  return code;
}
