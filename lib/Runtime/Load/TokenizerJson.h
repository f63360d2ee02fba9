//===- TokenizerJson.h ------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_LIB_RUNTIME_LOAD_TOKENIZERJSON_H
#define SMELT_LIB_RUNTIME_LOAD_TOKENIZERJSON_H

#include "Json.h"
#include "smelt/Runtime/TokenizerDefinition.h"
#include "llvm/ADT/StringMap.h"

namespace smelt {

/// The parts of a `tokenizer.json`. Each function adds to `definition` what
/// `node` says, and notes what it cannot take.
void readNormalizer(JsonNode node, runtime::TokenizerDefinition &definition);
void readPreTokenizer(JsonNode node, runtime::TokenizerDefinition &definition);
void readDecoder(JsonNode node, runtime::TokenizerDefinition &definition);
void readPostProcessor(JsonNode node, runtime::TokenizerDefinition &definition);
void readModel(JsonNode node, runtime::TokenizerDefinition &definition);
/// After the model and the normalizer.
void readAddedTokens(JsonNode node, runtime::TokenizerDefinition &definition);

/// The object `node` of texts and ids.
void readVocabulary(JsonNode node, runtime::TokenizerDefinition &definition);

/// Finds the id of a token by text; made once for many look-ups.
class TokenIds {
public:
  explicit TokenIds(const runtime::TokenizerDefinition &definition);
  std::optional<runtime::TokenId> find(llvm::StringRef text) const;

private:
  llvm::StringMap<runtime::TokenId> ids;
};

} // namespace smelt

#endif
