/* Linux on m68k with `int` of 16 bits, for which no C library is made. */
#include "io.h"
#include <stddef.h>
#include <stdint.h>

enum { EXIT = 1, READ = 3, WRITE = 4 };

static long call(long number, long first, long second, long third) {
  register long d0 __asm__("d0") = number;
  register long d1 __asm__("d1") = first;
  register long d2 __asm__("d2") = second;
  register long d3 __asm__("d3") = third;
  __asm__ volatile("trap #0" : "+d"(d0) : "d"(d1), "d"(d2), "d"(d3) : "memory");
  return d0;
}

int read_bytes(void *to, long size) {
  char *at = to;
  while (size > 0) {
    long count = call(READ, 0, (long)at, size);
    if (count <= 0)
      return 0;
    at += count;
    size -= count;
  }
  return 1;
}

void write_bytes(const void *from, long size) {
  const char *at = from;
  while (size > 0) {
    long count = call(WRITE, 1, (long)at, size);
    if (count <= 0)
      call(EXIT, 1, 0, 0);
    at += count;
    size -= count;
  }
}

/* What the compiler calls. libgcc's own shifts take an `int` of 32 bits. */

#include "copies.c"

uint64_t __ashldi3(uint64_t value, int count);
uint64_t __lshrdi3(uint64_t value, int count);
int64_t __ashrdi3(int64_t value, int count);

uint64_t __ashldi3(uint64_t value, int count) {
  while (count-- > 0)
    value += value;
  return value;
}

uint64_t __lshrdi3(uint64_t value, int count) {
  while (count-- > 0)
    value = value >> 1;
  return value;
}

int64_t __ashrdi3(int64_t value, int count) {
  while (count-- > 0)
    value = value >> 1;
  return value;
}

_Static_assert(sizeof(int) == 2, "compile with -mshort");

void _start(void);
void _start(void) {
  run();
  call(EXIT, 0, 0, 0);
}
