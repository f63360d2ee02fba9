//===- CInterface.cpp -------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// smelt.h, for the model that a shared library was made of.
//
//===----------------------------------------------------------------------===//

#include "smelt.h"
#include "smelt/Runtime/HugePages.h"
#include "smelt/Runtime/PromptLookup.h"
#include "smelt/Runtime/Serialization.h"
#include "smelt/Runtime/Session.h"
#include "smelt/Runtime/Tokenizer.h"
#include <algorithm>
#include <new>
#include <optional>
#include <string>

using namespace smelt::runtime;

/// The model, which the library's own source defines.
extern "C" const CompiledModel smelt_library_model;

struct smelt_model {
  const CompiledModel &compiled;
  std::optional<Tokenizer> tokenizer;
};

static Session openSession(const smelt_model *model, const void *state) {
  return {model->compiled, const_cast<void *>(state)};
}

static bool areTokens(const smelt_model *model, const int32_t *tokens,
                      size_t count) {
  int64_t size = model->compiled.vocabulary_size;
  return std::all_of(tokens, tokens + count,
                     [=](int32_t token) { return 0 <= token && token < size; });
}

static Result<Tokenizer> readTokenizer(const CompiledModel &model) {
  Result<TokenizerDefinition> definition = deserialize(
      {reinterpret_cast<const char *>(model.tokenizer), model.tokenizer_size});
  if (!definition)
    return definition.failure();
  return Tokenizer::create(std::move(*definition));
}

extern "C" {

smelt_model *smelt_open(const char **error) {
  auto fail = [&](const char *message) -> smelt_model * {
    if (error)
      *error = message;
    return nullptr;
  };
  const CompiledModel &compiled = smelt_library_model;
  auto *model = new (std::nothrow) smelt_model{compiled, std::nullopt};
  if (!model)
    return fail("out of memory");
  readConstantsInHugePages(&compiled);
  if (compiled.tokenizer_size == 0)
    return model;
  Result<Tokenizer> tokenizer = readTokenizer(compiled);
  if (tokenizer) {
    model->tokenizer = *tokenizer;
    return model;
  }
  delete model;
  return fail("the tokenizer in the library is damaged");
}

void smelt_close(smelt_model *model) { delete model; }

int64_t smelt_context_length(const smelt_model *model) {
  return model->compiled.context_length;
}

int64_t smelt_vocabulary_size(const smelt_model *model) {
  return model->compiled.vocabulary_size;
}

double smelt_logit_scale(const smelt_model *model) {
  return model->compiled.logit_scale;
}

size_t smelt_state_size(const smelt_model *model) {
  return Session::getMemorySize(model->compiled);
}

void smelt_reset(const smelt_model *model, void *state) {
  openSession(model, state).reset();
}

int64_t smelt_position(const smelt_model *model, const void *state) {
  return openSession(model, state).getPosition();
}

int smelt_decode(const smelt_model *model, void *state, int32_t token) {
  return smelt_prefill(model, state, &token, 1);
}

int smelt_prefill(const smelt_model *model, void *state, const int32_t *tokens,
                  size_t count) {
  Session session = openSession(model, state);
  if (count > static_cast<size_t>(session.getRoom()))
    return SMELT_CONTEXT_FULL;
  if (!areTokens(model, tokens, count))
    return SMELT_BAD_TOKEN;
  session.read(tokens, static_cast<int64_t>(count));
  return SMELT_OK;
}

int64_t smelt_draft_capacity(const smelt_model *model) {
  return std::max<int64_t>(0, model->compiled.verify_size - 1);
}

int smelt_speculate(const smelt_model *model, void *state, int32_t token,
                    const int32_t *drafts, size_t count) {
  Session session = openSession(model, state);
  if (session.getRoom() == 0)
    return SMELT_CONTEXT_FULL;
  if (!areTokens(model, &token, 1) || !areTokens(model, drafts, count))
    return SMELT_BAD_TOKEN;
  session.readAhead(token, drafts, static_cast<int64_t>(count));
  return SMELT_OK;
}

int64_t smelt_draft(const int32_t *tokens, size_t count, int32_t *drafts,
                    size_t capacity) {
  size_t first = findDraft(tokens, count);
  if (first == count)
    return 0;
  copyDraft(tokens, count, first, drafts, capacity);
  return static_cast<int64_t>(capacity);
}

const int32_t *smelt_logits(const smelt_model *model, const void *state) {
  return openSession(model, state).getLogits();
}

int64_t smelt_tokenize(const smelt_model *model, const char *text, size_t size,
                       int32_t *tokens, size_t capacity) {
  if (!model->tokenizer)
    return SMELT_NO_TOKENIZER;
  Result<std::vector<TokenId>> ids = model->tokenizer->encode({text, size});
  if (!ids)
    return SMELT_BAD_TEXT;
  size_t count = std::min(ids->size(), capacity);
  std::transform(ids->begin(), ids->begin() + static_cast<ptrdiff_t>(count),
                 tokens, [](TokenId id) { return static_cast<int32_t>(id); });
  return static_cast<int64_t>(ids->size());
}

int64_t smelt_detokenize(const smelt_model *model, const int32_t *tokens,
                         size_t count, char *text, size_t capacity) {
  if (!model->tokenizer)
    return SMELT_NO_TOKENIZER;
  std::vector<TokenId> ids;
  for (size_t i = 0; i < count; ++i) {
    if (tokens[i] < 0 || tokens[i] >= model->compiled.vocabulary_size)
      return SMELT_BAD_TOKEN;
    ids.push_back(static_cast<TokenId>(tokens[i]));
  }
  std::string decoded = model->tokenizer->decode(ids);
  std::copy_n(decoded.data(), std::min(decoded.size(), capacity), text);
  return static_cast<int64_t>(decoded.size());
}

} // extern "C"
