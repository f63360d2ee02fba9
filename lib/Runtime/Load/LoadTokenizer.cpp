//===- LoadTokenizer.cpp ----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Runtime/Load/LoadTokenizer.h"
#include "ModelConfig.h"
#include "smelt/Support/InputFiles.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace smelt;
using namespace smelt::runtime;

using Buffer = std::unique_ptr<MemoryBuffer>;

/// Far above those of any tokenizer.
static constexpr uint64_t maxFileBytes = 256 << 20;

static Error nameFile(StringRef path, Error error) {
  if (!error)
    return Error::success();
  return createStringError(path + ": " + toString(std::move(error)));
}

static Expected<Buffer> readFile(StringRef path) {
  Expected<Buffer> file = readRegularFile(path, maxFileBytes);
  if (!file)
    return nameFile(path, file.takeError());
  return file;
}

static std::string inFolder(StringRef folder, StringRef name) {
  SmallString<128> path(folder);
  sys::path::append(path, name);
  return path.str().str();
}

/// A `tokenizer.model` is lines of `base64 rank`, or a protobuf.
static bool isTiktoken(StringRef contents) {
  StringRef line = contents.take_until([](char c) { return c == '\n'; });
  auto [text, rank] = line.rtrim('\r').split(' ');
  return !text.empty() && !rank.empty() &&
         text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrst"
                                "uvwxyz0123456789+/=") == StringRef::npos &&
         rank.find_first_not_of("0123456789") == StringRef::npos;
}

static Expected<TokenizerDefinition> loadFile(StringRef path) {
  Expected<Buffer> file = readFile(path);
  if (!file)
    return file.takeError();
  StringRef contents = (*file)->getBuffer();
  StringRef extension = sys::path::extension(path);
  auto parse = extension == ".json"   ? parseTokenizerJson
               : extension == ".bin"  ? parseLlama2cTokenizer
               : isTiktoken(contents) ? parseTiktoken
                                      : parseSentencePiece;
  Expected<TokenizerDefinition> definition = parse(contents);
  if (!definition)
    return nameFile(path, definition.takeError());
  return definition;
}

static Expected<TokenizerDefinition> loadGPT2(StringRef vocabularyPath,
                                              StringRef mergesPath) {
  Expected<Buffer> vocabulary = readFile(vocabularyPath);
  if (!vocabulary)
    return vocabulary.takeError();
  Expected<Buffer> merges = readFile(mergesPath);
  if (!merges)
    return merges.takeError();
  Expected<TokenizerDefinition> definition =
      parseGPT2Vocabulary((*vocabulary)->getBuffer(), (*merges)->getBuffer());
  if (!definition)
    return nameFile((vocabularyPath + ", " + mergesPath).str(),
                    definition.takeError());
  return definition;
}

bool smelt::hasTokenizer(StringRef folder) {
  return any_of(
      ArrayRef<StringRef>{"tokenizer.json", "tokenizer.model", "vocab.json",
                          "encoder.json", "tokenizer.bin"},
      [&](StringRef name) { return hasEntry(inFolder(folder, name)); });
}

static Expected<TokenizerDefinition> loadVocabularyOf(StringRef folder) {
  auto pathOf = [&](StringRef name) { return inFolder(folder, name); };
  for (StringRef name : {"tokenizer.json", "tokenizer.model"})
    if (hasEntry(pathOf(name)))
      return loadFile(pathOf(name));
  if (hasEntry(pathOf("vocab.json")))
    return loadGPT2(pathOf("vocab.json"), pathOf("merges.txt"));
  if (hasEntry(pathOf("encoder.json")))
    return loadGPT2(pathOf("encoder.json"), pathOf("vocab.bpe"));
  if (hasEntry(pathOf("tokenizer.bin")))
    return loadFile(pathOf("tokenizer.bin"));
  return createStringError(
      folder + ": the folder has no tokenizer.json, tokenizer.model, "
               "vocab.json, encoder.json or tokenizer.bin");
}

/// Applies what `apply` reads in a file of the folder, if there is one.
static Error applyFile(StringRef folder, StringRef name,
                       function_ref<Error(StringRef)> apply) {
  std::string path = inFolder(folder, name);
  if (!hasEntry(path))
    return Error::success();
  Expected<Buffer> file = readFile(path);
  if (!file)
    return file.takeError();
  return nameFile(path, apply((*file)->getBuffer()));
}

static Error applyConfigs(StringRef folder, ModelConfig &config) {
  auto readConfig = [&](StringRef text) { return config.readConfig(text); };
  for (StringRef name : {"config.json", "generation_config.json"})
    if (Error error = applyFile(folder, name, readConfig))
      return error;
  if (Error error =
          applyFile(folder, "tokenizer_config.json", [&](StringRef text) {
            return config.readTokenizerConfig(text);
          }))
    return error;
  return applyFile(folder, "chat_template.jinja", [&](StringRef text) {
    config.chatTemplate = text.str();
    return Error::success();
  });
}

Expected<TokenizerDefinition> smelt::loadTokenizer(StringRef path) {
  bool isFolder = sys::fs::is_directory(path);
  Expected<TokenizerDefinition> definition =
      isFolder ? loadVocabularyOf(path) : loadFile(path);
  if (!definition)
    return definition;
  ModelConfig config;
  if (isFolder)
    if (Error error = applyConfigs(path, config))
      return std::move(error);
  if (Error error = nameFile(path, config.apply(*definition)))
    return std::move(error);
  if (MaybeFailure failure = validate(*definition))
    return createStringError(path + ": " + failure->message);
  return definition;
}
