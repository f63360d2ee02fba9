//===- LoadTokenizer.h ------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_RUNTIME_LOAD_LOADTOKENIZER_H
#define SMELT_RUNTIME_LOAD_LOADTOKENIZER_H

#include "smelt/Runtime/TokenizerDefinition.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace smelt {

/// Reads a model's tokenizer. `path` is a file that one of the functions below
/// reads, or a model's folder; there it is the first of `tokenizer.json`,
/// `tokenizer.model`, `vocab.json` with `merges.txt`, `encoder.json` with
/// `vocab.bpe`, and `tokenizer.bin`, and what `config.json`,
/// `generation_config.json`, `tokenizer_config.json` and `chat_template.jinja`
/// say about the tokens at a text's ends and about chat is added. An error
/// names the file and the key.
llvm::Expected<runtime::TokenizerDefinition>
loadTokenizer(llvm::StringRef path);

/// Whether a folder has any file of a tokenizer.
bool hasTokenizer(llvm::StringRef folder);

/// Each of these takes the contents of a file. Their errors name the key or
/// the place, but not the file.

/// Hugging Face's `tokenizer.json` with a model of type BPE. One error names
/// all that is not supported in it.
llvm::Expected<runtime::TokenizerDefinition>
parseTokenizerJson(llvm::StringRef contents);

/// A SentencePiece model of type BPE without a table for normalization.
llvm::Expected<runtime::TokenizerDefinition>
parseSentencePiece(llvm::StringRef contents);

/// Lines of a token in base64 and its rank, as in the `tokenizer.model` of
/// Llama-3, whose pattern and special tokens are added.
llvm::Expected<runtime::TokenizerDefinition>
parseTiktoken(llvm::StringRef contents);

/// GPT-2's `encoder.json` and `vocab.bpe`, elsewhere called `vocab.json` and
/// `merges.txt`.
llvm::Expected<runtime::TokenizerDefinition>
parseGPT2Vocabulary(llvm::StringRef vocabulary, llvm::StringRef merges);

/// The `tokenizer.bin` of llama2.c: what `export` of its `tokenizer.py` makes
/// of a SentencePiece model of type BPE.
llvm::Expected<runtime::TokenizerDefinition>
parseLlama2cTokenizer(llvm::StringRef contents);

} // namespace smelt

#endif
