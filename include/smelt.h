/*===- smelt.h - Language models compiled by Smelt ----------------*- C -*-===*\
|*                                                                            *|
|* Part of the Smelt project, under the Apache License v2.0 with LLVM         *|
|* Exceptions. See LICENSE for license information.                           *|
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception                    *|
|*                                                                            *|
|*===----------------------------------------------------------------------===*|
|*                                                                            *|
|* The interface of a shared library that `smelt compile FOLDER -o model.so`  *|
|* makes:                                                                     *|
|*                                                                            *|
|*   const char *error;                                                       *|
|*   smelt_model *model = smelt_open(&error);                                 *|
|*   void *state = aligned_alloc(64, smelt_state_size(model));                *|
|*   smelt_reset(model, state);                                               *|
|*   smelt_prefill(model, state, tokens, count);                              *|
|*   const int32_t *logits = smelt_logits(model, state);                      *|
|*                                                                            *|
|* The functions keep nothing but what is in the model and the state. All     *|
|* states of one library share its working memory: calls of smelt_prefill and *|
|* smelt_decode must not run at the same time.                                *|
|*                                                                            *|
|* A library for several CPUs (--cpu A,B) has two more, which docs/tools.md   *|
|* describes: NAME_variant and NAME_use_variant.                              *|
|*                                                                            *|
\*===----------------------------------------------------------------------===*/

#ifndef SMELT_H
#define SMELT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The network and its tokenizer, if it has one. */
typedef struct smelt_model smelt_model;

/* What a function returns that can fail. */
enum smelt_status {
  SMELT_OK = 0,
  /* A token is not in 0 .. vocabulary size - 1. */
  SMELT_BAD_TOKEN = -1,
  /* The context has no room for the tokens. The state is as it was. */
  SMELT_CONTEXT_FULL = -2,
  /* The text is not UTF-8, or is otherwise beyond the tokenizer. */
  SMELT_BAD_TEXT = -3,
  /* The model came without a tokenizer. */
  SMELT_NO_TOKENIZER = -4
};

/* Opens the model of this library. Returns NULL and sets `*error`, which may be
   NULL, to a static text, where its tokenizer cannot be read. */
smelt_model *smelt_open(const char **error);
void smelt_close(smelt_model *model);

/* The positions of the cache, and the number of logits. */
int64_t smelt_context_length(const smelt_model *model);
int64_t smelt_vocabulary_size(const smelt_model *model);
/* A logit is this times its integer. */
double smelt_logit_scale(const smelt_model *model);

/* The bytes of a state, which is the caller's memory, aligned to 64 bytes. It
   may be copied. */
size_t smelt_state_size(const smelt_model *model);
/* Begins a sequence: position 0. Call it before anything else on a state. */
void smelt_reset(const smelt_model *model, void *state);
/* The tokens that a state has read. */
int64_t smelt_position(const smelt_model *model, const void *state);

/* Reads one token, or more of them in blocks. Both give the same bits. */
int smelt_decode(const smelt_model *model, void *state, int32_t token);
int smelt_prefill(const smelt_model *model, void *state, const int32_t *tokens,
                  size_t count);

/* The drafts that smelt_speculate takes at most: as many as the model was
   compiled for with --speculate, or 0. */
int64_t smelt_draft_capacity(const smelt_model *model);
/* Reads one token as smelt_decode does, and works out what comes after drafts
   of the next ones, in one pass. While the next tokens are those of the drafts,
   smelt_decode and smelt_speculate read them at no cost, and ignore new drafts.
   Drafts beyond the capacity or the context are ignored. Logits never depend on
   drafts. */
int smelt_speculate(const smelt_model *model, void *state, int32_t token,
                    const int32_t *drafts, size_t count);
/* Drafts of what comes after `count` tokens: what followed the last 3 of them,
   or the last 2, where they stood before. Writes `capacity` of them and returns
   that, or 0 where there is no such place. */
int64_t smelt_draft(const int32_t *tokens, size_t count, int32_t *drafts,
                    size_t capacity);

/* The logits after the last token: what comes next. Zeros before the first. */
const int32_t *smelt_logits(const smelt_model *model, const void *state);

/* Writes at most `capacity` tokens of a text of `size` bytes. Returns how many
   there are, or a negative status. */
int64_t smelt_tokenize(const smelt_model *model, const char *text, size_t size,
                       int32_t *tokens, size_t capacity);

/* Writes at most `capacity` bytes of the text that tokens stand for. Returns
   how many there are, or a negative status. */
int64_t smelt_detokenize(const smelt_model *model, const int32_t *tokens,
                         size_t count, char *text, size_t capacity);

#ifdef __cplusplus
}
#endif

#endif
