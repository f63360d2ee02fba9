/* Generates text through smelt.h, and checks what the header promises. */
#include <smelt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                       \
  do {                                                                         \
    if (!(condition)) {                                                        \
      fprintf(stderr, "line %d: %s\n", __LINE__, #condition);                  \
      exit(1);                                                                 \
    }                                                                          \
  } while (0)

static void *make_state(const smelt_model *model) {
  void *state = aligned_alloc(64, smelt_state_size(model));
  CHECK(state);
  smelt_reset(model, state);
  return state;
}

static int32_t find_greatest(const int32_t *logits, int64_t count) {
  int64_t best = 0, i;
  for (i = 1; i < count; ++i)
    if (logits[i] > logits[best])
      best = i;
  return (int32_t)best;
}

/* Any way to cut a text into calls leaves the same logits. */
static void check_cuts(const smelt_model *model, const int32_t *tokens,
                       size_t count) {
  void *whole = make_state(model), *parts = make_state(model);
  size_t bytes = sizeof(int32_t) * (size_t)smelt_vocabulary_size(model);
  size_t first, i;
  CHECK(smelt_prefill(model, whole, tokens, count) == SMELT_OK);
  for (first = 0; first <= count; first += 7) {
    smelt_reset(model, parts);
    CHECK(smelt_prefill(model, parts, tokens, first) == SMELT_OK);
    CHECK(smelt_position(model, parts) == (int64_t)first);
    for (i = first; i < count; ++i)
      CHECK(smelt_decode(model, parts, tokens[i]) == SMELT_OK);
    CHECK(memcmp(smelt_logits(model, whole), smelt_logits(model, parts),
                 bytes) == 0);
  }
  free(whole);
  free(parts);
}

/* The logits are the same with drafts, some of which come. */
static void check_drafts(const smelt_model *model, const int32_t *tokens,
                         size_t count) {
  void *plain = make_state(model), *ahead = make_state(model);
  size_t bytes = sizeof(int32_t) * (size_t)smelt_vocabulary_size(model);
  int64_t capacity = smelt_draft_capacity(model), found;
  int32_t drafts[15];
  size_t i, kept = 0;
  CHECK(0 <= capacity && capacity <= 15);
  for (i = 0; i < count; ++i) {
    found = smelt_draft(tokens, i + 1, drafts, (size_t)capacity);
    CHECK(found == 0 || found == capacity);
    kept += found > 0 && i + 1 < count && drafts[0] == tokens[i + 1];
    CHECK(smelt_decode(model, plain, tokens[i]) == SMELT_OK);
    CHECK(smelt_speculate(model, ahead, tokens[i], drafts, (size_t)found) ==
          SMELT_OK);
    CHECK(smelt_position(model, ahead) == (int64_t)i + 1);
    CHECK(memcmp(smelt_logits(model, plain), smelt_logits(model, ahead),
                 bytes) == 0);
  }
  CHECK((kept > 0) == (capacity > 0));
  free(plain);
  free(ahead);
}

/* A context may end within a block. */
static void check_end(const smelt_model *model) {
  size_t count = (size_t)smelt_context_length(model), i;
  int32_t *tokens = malloc(count * sizeof *tokens);
  CHECK(tokens);
  for (i = 0; i < count; ++i)
    tokens[i] = (int32_t)(3 + 7 * i % 400);
  check_cuts(model, tokens, count);
  for (i = 0; i < count; ++i)
    tokens[i] = (int32_t)(3 + i % 19 % 7);
  check_drafts(model, tokens, count);
  free(tokens);
}

static void check_mistakes(const smelt_model *model) {
  void *state = make_state(model);
  int32_t vocabulary = (int32_t)smelt_vocabulary_size(model);
  int64_t context = smelt_context_length(model), i;
  int32_t tokens[4];
  CHECK(smelt_decode(model, state, -1) == SMELT_BAD_TOKEN);
  CHECK(smelt_decode(model, state, vocabulary) == SMELT_BAD_TOKEN);
  tokens[0] = vocabulary;
  CHECK(smelt_speculate(model, state, -1, tokens, 0) == SMELT_BAD_TOKEN);
  CHECK(smelt_speculate(model, state, 1, tokens, 1) == SMELT_BAD_TOKEN);
  CHECK(smelt_draft(tokens, 1, tokens, 4) == 0);
  CHECK(smelt_position(model, state) == 0);
  CHECK(smelt_tokenize(model, "\xff", 1, tokens, 4) == SMELT_BAD_TEXT);
  for (i = 0; i < context; ++i)
    CHECK(smelt_decode(model, state, 1) == SMELT_OK);
  CHECK(smelt_decode(model, state, 1) == SMELT_CONTEXT_FULL);
  CHECK(smelt_speculate(model, state, 1, tokens, 0) == SMELT_CONTEXT_FULL);
  CHECK(smelt_position(model, state) == context);
  free(state);
}

int main(int argc, char **argv) {
  const char *error = NULL;
  smelt_model *model = smelt_open(&error);
  int32_t tokens[400];
  char text[4000];
  int64_t count, size, i;
  void *state;
  CHECK(model && argc == 3);
  state = make_state(model);
  count = smelt_tokenize(model, argv[1], strlen(argv[1]), tokens, 400);
  CHECK(count > 0 && count + atoi(argv[2]) <= 400);
  CHECK(smelt_prefill(model, state, tokens, (size_t)count) == SMELT_OK);
  for (i = 0; i < atoi(argv[2]); ++i) {
    tokens[count] =
        find_greatest(smelt_logits(model, state), smelt_vocabulary_size(model));
    CHECK(smelt_decode(model, state, tokens[count++]) == SMELT_OK);
  }
  size = smelt_detokenize(model, tokens, (size_t)count, text, sizeof text);
  CHECK(size >= 0 && size < (int64_t)sizeof text);
  printf("%.*s\n", (int)size, text);
  check_cuts(model, tokens, (size_t)count);
  check_end(model);
  check_mistakes(model);
  free(state);
  smelt_close(model);
  return 0;
}
