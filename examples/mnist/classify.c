/* Classifies the digits of two .npy files by the network that Smelt compiled.
 *
 *     classify DIGITS.npy LABELS.npy
 */

#include "tfc.h"
#include <stdint.h>
#include <stdio.h>

enum { WIDTH = 28, SHOWN = 3, PIXELS = TFC_IN_0_SIZE, CLASSES = TFC_OUT_90_SIZE };

/* Opens a .npy file at its first element. */
static FILE *open_npy(const char *path) {
  unsigned char start[10];
  FILE *file = fopen(path, "rb");
  if (!file) {
    perror(path);
    return NULL;
  }
  if (fread(start, 1, sizeof(start), file) != sizeof(start) ||
      fseek(file, start[8] + 256 * start[9], SEEK_CUR) != 0) {
    fprintf(stderr, "%s: not a .npy file\n", path);
    fclose(file);
    return NULL;
  }
  return file;
}

static int classify(const uint8_t *pixels) {
  static int32_t scores[CLASSES];
  int best = 0;
  tfc(pixels, scores);
  for (int i = 1; i < CLASSES; ++i)
    if (scores[i] > scores[best])
      best = i;
  return best;
}

/* Two rows of pixels make one line of text. */
static void show(const uint8_t *pixels, int answer, int label) {
  static const char shades[] = " .:-=+*#%@";
  for (int y = 0; y + 1 < PIXELS / WIDTH; y += 2) {
    for (int x = 0; x < WIDTH; ++x) {
      int grey = pixels[y * WIDTH + x] + pixels[(y + 1) * WIDTH + x];
      putchar(shades[grey * 9 / 510]);
    }
    putchar('\n');
  }
  printf("the network says %d, it is a %d\n\n", answer, label);
}

static int run(FILE *digits, FILE *labels) {
  static uint8_t pixels[PIXELS];
  int count = 0, right = 0, label;
  while ((label = fgetc(labels)) != EOF) {
    if (fread(pixels, 1, PIXELS, digits) != PIXELS) {
      fprintf(stderr, "there are more labels than digits\n");
      return 1;
    }
    int answer = classify(pixels);
    if (count < SHOWN)
      show(pixels, answer, label);
    right += answer == label;
    ++count;
  }
  printf("%d of %d digits are classified right\n", right, count);
  return count == 0;
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: classify DIGITS.npy LABELS.npy\n");
    return 2;
  }
  FILE *digits = open_npy(argv[1]);
  FILE *labels = open_npy(argv[2]);
  int status = digits && labels ? run(digits, labels) : 1;
  if (digits)
    fclose(digits);
  if (labels)
    fclose(labels);
  return status;
}
