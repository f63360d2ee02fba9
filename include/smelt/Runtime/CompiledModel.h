//===- CompiledModel.h ------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// What a language model is when it has been compiled. The declaration is plain
// C, which is also put into the sources that programs and libraries are made
// of.
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_RUNTIME_COMPILEDMODEL_H
#define SMELT_RUNTIME_COMPILEDMODEL_H

#include <stddef.h>
#include <stdint.h>

// decode: reads a token at a position, extends the cache, and gives the logits.
// prefill: reads `block_size` tokens and extends the cache; null without
// blocks. verify: decodes `verify_size` tokens, with a row of logits for each;
// null without. batch: decodes a token of each of `num_sequences` sequences,
// whose caches follow one another; null without. cache_size: bytes, a multiple
// of 64. logit_scale: a logit is this times its integer. tokenizer: what
// `serialize` makes; null without.
#define SMELT_COMPILED_MODEL                                                   \
  struct smelt_compiled_model {                                                \
    void (*decode)(const int32_t *token, const int32_t *position,              \
                   int8_t *cache, int32_t *logits);                            \
    void (*prefill)(const int32_t *tokens, const int32_t *position,            \
                    int8_t *cache);                                            \
    void (*verify)(const int32_t *tokens, const int32_t *position,             \
                   int8_t *cache, int32_t *logits);                            \
    void (*batch)(const int32_t *tokens, const int32_t *positions,             \
                  int8_t *caches, int32_t *logits);                            \
    int64_t block_size, verify_size, num_sequences, context_length,            \
        vocabulary_size, cache_size;                                           \
    double logit_scale;                                                        \
    const unsigned char *tokenizer;                                            \
    size_t tokenizer_size;                                                     \
  };

SMELT_COMPILED_MODEL

namespace smelt::runtime {

using CompiledModel = smelt_compiled_model;

/// `verify_size` is at most this, and one token more; `num_sequences` is at
/// most this, and 0 without `batch`.
constexpr int64_t kMostDrafts = 15;
constexpr int64_t kMostSequences = 64;

} // namespace smelt::runtime

#endif
