//===- Generate.cpp ---------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Driver/Commands.h"
#include "smelt/Driver/Diagnostics.h"
#include "smelt/Driver/TextModel.h"
#include "smelt/Runtime/TextGenerator.h"

using namespace mlir;
using namespace smelt;
using namespace smelt::runtime;

static void printText(std::string_view text) {
  llvm::outs() << StringRef(text.data(), text.size());
  llvm::outs().flush();
}

static void printNote(std::string_view text) {
  llvm::errs() << "smelt: note: " << StringRef(text.data(), text.size())
               << "\n";
}

static LogicalResult converse(StringRef folder, TextGenerator &generator) {
  if (MaybeFailure failure =
          generator.converse(readInputLine, printText, printNote))
    return reportError(folder, failure->message);
  return success();
}

static LogicalResult continuePrompt(const TextOptions &options,
                                    const CompiledModel &model,
                                    TextGenerator &generator) {
  Result<std::vector<TokenId>> prompt = generator.encode(options.prompt);
  if (!prompt)
    return reportError("--prompt", prompt.failure().message);
  if (!options.isChat)
    printText(options.prompt);
  TextEnd end = generator.continueText(*prompt, printText);
  printText("\n");
  if (end == TextEnd::Context)
    printNote(describeFullContext(model));
  return success();
}

LogicalResult smelt::runGeneration(const RunOptions &options,
                                   MLIRContext *context) {
  const TextOptions &text = *options.generation;
  if (MaybeFailure failure = validate(text.sampler))
    return reportError("", failure->message);
  StringRef folder = options.model.path;
  FailureOr<Tokenizer> tokenizer = readTokenizer(folder);
  if (failed(tokenizer))
    return failure();
  FailureOr<std::unique_ptr<TextModel>> model =
      TextModel::create(options.model, context);
  if (failed(model))
    return failure();
  TextGenerator generator(*tokenizer, (*model)->beginSession(), text);
  LogicalResult result =
      text.isConversation
          ? converse(folder, generator)
          : continuePrompt(text, (*model)->getCompiled(), generator);
  if (text.showsSpeed && succeeded(result))
    printNote(generator.getSpeed().describe());
  return result;
}
