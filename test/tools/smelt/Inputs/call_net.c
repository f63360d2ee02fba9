#include "net.h"
#include <stdio.h>

int main(void) {
  static int8_t input[784];
  int32_t output[10];
  for (int i = 0; i < 784; i++)
    input[i] = (int8_t)(i % 251);
  net(input, output);
  for (int i = 0; i < 10; i++)
    printf("%d\n", (int)output[i]);
  return 0;
}
