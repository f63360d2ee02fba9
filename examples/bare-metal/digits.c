/* Classifies a few digits. */

#include "digits.h"
#include "console.h"
#include "tfc.h"

/* The class with the greatest score. */
static uint8_t classify(const uint8_t *image) {
  static int32_t scores[TFC_OUT_90_SIZE];
  uint8_t best = 0;
  tfc(image, scores);
  for (uint8_t i = 1; i < TFC_OUT_90_SIZE; ++i)
    if (scores[i] > scores[best])
      best = i;
  return best;
}

/* In place of a camera: grey levels 0 to 255, row by row. */
static void take_picture(uint8_t *image, int number) {
  for (int i = 0; i < TFC_IN_0_SIZE; ++i)
    image[i] = digits[number][i];
}

int main(void) {
  static uint8_t image[TFC_IN_0_SIZE];
  uint32_t right = 0;
  for (int i = 0; i < DIGITS; ++i) {
    take_picture(image, i);
    uint8_t answer = classify(image);
    console_write("the network says ");
    console_write_number(answer);
    console_write(", it is a ");
    console_write_number(labels[i]);
    console_write("\n");
    right += answer == labels[i];
  }
  console_write_number(right);
  console_write(" of ");
  console_write_number(DIGITS);
  console_write(" digits are classified right\n");
  return 0;
}
