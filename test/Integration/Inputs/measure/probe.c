/* Start-up code and a main program for ARM microcontrollers in QEMU: calls a
 * network and prints how much stack it used. "calls.h", made for the network,
 * has its arguments and CALLS, an X(...) for each function with its call. */
#include "calls.h"
#include <stddef.h>
#include <stdint.h>

extern uint32_t stack_end[], bss_start[], bss_end[], data_start[], data_end[], data_image[];
void start(void);

__attribute__((section(".vectors"), used)) static void *const vectors[] = {stack_end,
                                                                           start};

static uint32_t semihosting(uint32_t operation, const void *argument) {
  register uint32_t r0 __asm__("r0") = operation;
  register const void *r1 __asm__("r1") = argument;
  __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}

static void print(const char *text) { semihosting(4, text); }

static void print_number(uint32_t number) {
  char text[11];
  char *digit = text + 10;
  *digit = 0;
  do
    *--digit = (char)('0' + number % 10);
  while (number /= 10);
  print(digit);
}

__attribute__((noreturn)) static void leave(void) {
  static const uint32_t arguments[] = {0x20026, 0};
  for (;;)
    semihosting(0x20, arguments);
}

#define PAINT 0xdeadbeefu

/* Everything below the stack pointer is painted and looked at by inline code, so
 * that only the call itself uses the stack there. */
#define X(name, call)                                                                    \
  __attribute__((noinline)) static uint32_t probe_##name(void) {                         \
    volatile uint32_t *pointer, *lowest = bss_end + 16;                                  \
    __asm__ volatile("mov %0, sp" : "=r"(pointer));                                      \
    for (volatile uint32_t *word = lowest; word != pointer; ++word)                      \
      *word = PAINT;                                                                     \
    call;                                                                                \
    volatile uint32_t *used = lowest;                                                    \
    while (used != pointer && *used == PAINT)                                            \
      ++used;                                                                            \
    return (uint32_t)((pointer - used) * sizeof *used);                                  \
  }
CALLS
#undef X

__attribute__((unused)) static void fill(void *array, size_t bytes) {
  static uint32_t state = 1;
  for (uint8_t *byte = array; bytes--; ++byte) {
    state = state * 1664525 + 1013904223;
    *byte = (uint8_t)(state >> 24);
  }
}

void start(void) {
  for (uint32_t *word = bss_start; word != bss_end; ++word)
    *word = 0;
  for (uint32_t *word = data_start, *image = data_image; word != data_end;)
    *word++ = *image++;
  FILL
#define X(name, call)                                                                    \
  print(#name " ");                                                                      \
  print_number(probe_##name());                                                          \
  print("\n");
  CALLS
#undef X
  leave();
}

void *memset(void *to, int value, size_t bytes) {
  for (volatile uint8_t *byte = to; bytes--;)
    *byte++ = (uint8_t)value;
  return to;
}

void *memcpy(void *to, const void *from, size_t bytes) {
  const uint8_t *source = from;
  for (volatile uint8_t *byte = to; bytes--;)
    *byte++ = *source++;
  return to;
}

void *memmove(void *to, const void *from, size_t bytes) {
  volatile uint8_t *target = to;
  const uint8_t *source = from;
  if (target <= source)
    return memcpy(to, from, bytes);
  while (bytes--)
    target[bytes] = source[bytes];
  return to;
}

void __aeabi_memset(void *to, size_t bytes, int value) { memset(to, value, bytes); }
void __aeabi_memclr(void *to, size_t bytes) { memset(to, 0, bytes); }
void __aeabi_memcpy(void *to, const void *from, size_t bytes) { memcpy(to, from, bytes); }
void __aeabi_memmove(void *to, const void *from, size_t bytes) { memmove(to, from, bytes); }
#define ALIAS(name, target) __attribute__((alias(#target))) void name()
#pragma GCC diagnostic ignored "-Wattribute-alias"
#pragma GCC diagnostic ignored "-Wstrict-prototypes"
ALIAS(__aeabi_memset4, __aeabi_memset);
ALIAS(__aeabi_memset8, __aeabi_memset);
ALIAS(__aeabi_memclr4, __aeabi_memclr);
ALIAS(__aeabi_memclr8, __aeabi_memclr);
ALIAS(__aeabi_memcpy4, __aeabi_memcpy);
ALIAS(__aeabi_memcpy8, __aeabi_memcpy);
ALIAS(__aeabi_memmove4, __aeabi_memmove);
ALIAS(__aeabi_memmove8, __aeabi_memmove);
