/* Reads pictures of digits and prints what they are. */

#include "board.h"
#include "model.h"

static uint8_t picture[MODEL_IN_0_SIZE];
static int32_t scores[MODEL_OUT_90_SIZE];

void setup(void) { serial_begin(); }

void loop(void) {
  if (!camera_read(picture, sizeof(picture)))
    return;
  model(picture, scores);
  int best = 0;
  for (int i = 1; i < MODEL_OUT_90_SIZE; ++i)
    if (scores[i] > scores[best])
      best = i;
  serial_print_number(best);
}
