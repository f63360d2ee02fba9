/* Initializes memory, calls main, and has the two functions of the C library
 * that compilers expect and that the networks' code calls. */

#include "runtime.h"
#include "console.h"
#include <stddef.h>

int main(void);
void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memset(void *to, int value, size_t size);

/* Addresses that sections.ld defines. */
extern uint32_t stack_limit[], stack_top[];
extern uint32_t data_start[], data_end[], data_source[];
extern uint32_t bss_start[], bss_end[];

static const uint32_t UNUSED_STACK = 0xdeadbeef;

static void paint_stack(void) {
  /* Just below is the frame of this function itself. */
  uint32_t *frame = __builtin_frame_address(0);
  for (volatile uint32_t *word = stack_limit; word < frame - 16; ++word)
    *word = UNUSED_STACK;
}

static uint32_t count_bytes(const volatile uint32_t *from) {
  return (uint32_t)((uintptr_t)stack_top - (uintptr_t)from);
}

/* The most bytes of stack that were in use at once. */
static void report_stack(void) {
  const volatile uint32_t *word = stack_limit;
  while (word < stack_top && *word == UNUSED_STACK)
    ++word;
  console_write("stack: ");
  console_write_number(count_bytes(word));
  console_write(" of ");
  console_write_number(count_bytes(stack_limit));
  console_write(" bytes were used\n");
}

void run_program(void) {
  const uint32_t *source = data_source;
  for (uint32_t *word = data_start; word < data_end; ++word)
    *word = *source++;
  for (uint32_t *word = bss_start; word < bss_end; ++word)
    *word = 0;
  paint_stack();
  int status = main();
  report_stack();
  console_exit(status);
}

void report_fault(void) {
  console_write("fault\n");
  console_exit(1);
}

/* The Makefile compiles this file so that GCC does not make the loops calls of
 * the functions that they are in. */
void *memcpy(void *restrict to, const void *restrict from, size_t size) {
  unsigned char *target = to;
  const unsigned char *source = from;
  while (size--)
    *target++ = *source++;
  return to;
}

void *memset(void *to, int value, size_t size) {
  unsigned char *target = to;
  while (size--)
    *target++ = (unsigned char)value;
  return to;
}
