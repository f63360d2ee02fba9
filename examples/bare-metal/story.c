/* Tells a story, token by token. The next token is chosen by chance, in
 * integers, so that the same seed tells the same story on every machine. */

#include "console.h"
#include "story_net.h"
#include "vocabulary.h"
#include <stdbool.h>

#ifndef SEED
#define SEED 5
#endif

enum {
  TOKENS = STORY_DECODE_LOGITS_SIZE,
  /* STORY_DECODE_LOGITS_SCALE is 2^-16. */
  LOGIT_FRACTION_BITS = 16,
  /* log2(e) / 0.6, with 16 bits of fraction: the temperature is 0.6. */
  SHARPNESS = 157581,
};

/* xorshift of Marsaglia; the state must not be 0. */
static uint32_t random_number(void) {
  static uint32_t state = SEED;
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state;
}

/* 2^-x, of numbers with 16 bits of fraction. Between powers of two it is a
 * parabola, which is right to 0.4 %. */
static uint32_t exp2_negative(uint64_t x) {
  if (x >= (uint64_t)16 << 16)
    return 0;
  uint32_t fraction = (uint32_t)x & 0xffff;
  uint32_t square = (uint32_t)(((uint64_t)fraction * fraction) >> 16);
  uint32_t power = 65536 - (uint32_t)(((uint64_t)fraction * 44012) >> 16) +
                   (uint32_t)(((uint64_t)square * 11244) >> 16);
  return power >> (x >> 16);
}

static int32_t find_greatest(const int32_t *logits) {
  int32_t greatest = logits[0];
  for (int i = 1; i < TOKENS; ++i)
    if (logits[i] > greatest)
      greatest = logits[i];
  return greatest;
}

/* A token, each as likely as the softmax of the logits says. */
static int32_t choose(const int32_t *logits) {
  static uint32_t odds[TOKENS];
  int64_t greatest = find_greatest(logits);
  uint32_t sum = 0;
  for (int i = 0; i < TOKENS; ++i) {
    uint64_t distance = (uint64_t)(greatest - logits[i]);
    odds[i] = exp2_negative((distance * SHARPNESS) >> LOGIT_FRACTION_BITS);
    sum += odds[i];
  }
  uint32_t place = (uint32_t)(((uint64_t)random_number() * sum) >> 32);
  int32_t token = 0;
  while (place >= odds[token])
    place -= odds[token++];
  return token;
}

static void write_piece(int32_t token, bool is_first) {
  char text[LONGEST_PIECE + 1];
  int length = 0;
  for (int i = pieces[token]; i < pieces[token + 1]; ++i)
    /* The tokenizer puts a space before the first word. */
    if (!(is_first && i == pieces[token] && piece_text[i] == ' '))
      text[length++] = piece_text[i];
  text[length] = '\0';
  console_write(text);
}

int main(void) {
  static int64_t state[STORY_DECODE_STATE_SIZE / 8];
  static int32_t logits[TOKENS];
  int32_t token = BEGIN_OF_TEXT;
  for (int32_t position = 0; position < CONTEXT; ++position) {
    story_decode(&token, &position, (int8_t *)state, logits);
    token = choose(logits);
    if (token == BEGIN_OF_TEXT || token == END_OF_TEXT)
      break;
    write_piece(token, position == 0);
  }
  console_write("\n");
  return 0;
}
