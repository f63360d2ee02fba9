/* Standard input and output of a C library. */
#include "io.h"
#include <stdio.h>
#include <stdlib.h>

int read_bytes(void *to, long size) {
  return fread(to, (size_t)size, 1, stdin) == 1;
}

void write_bytes(const void *from, long size) {
  if (fwrite(from, (size_t)size, 1, stdout) != 1)
    exit(1);
}

int main(void) {
  run();
  return fflush(stdout) != 0;
}
