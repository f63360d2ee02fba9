/* Semihosting: a breakpoint by which a program asks the debugger, or the
 * emulator, to do something for it. ARM and RISC-V number the requests alike.
 */

#include "console.h"

enum {
  SYS_WRITE0 = 0x04,
  SYS_EXIT_EXTENDED = 0x20,
  APPLICATION_EXIT = 0x20026,
};

#if defined(__arm__)
static void request(uint32_t number, const void *argument) {
  register uint32_t r0 __asm("r0") = number;
  register const void *r1 __asm("r1") = argument;
  __asm volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
}
#elif defined(__riscv)
static void request(uint32_t number, const void *argument) {
  register uint32_t a0 __asm("a0") = number;
  register const void *a1 __asm("a1") = argument;
  /* Three instructions of 32 bits that must not be on two pages. */
  __asm volatile(".balign 16\n\t"
                 ".option push\n\t"
                 ".option norvc\n\t"
                 "slli x0, x0, 0x1f\n\t"
                 "ebreak\n\t"
                 "srai x0, x0, 7\n\t"
                 ".option pop"
                 : "+r"(a0)
                 : "r"(a1)
                 : "memory");
}
#else
#error "semihosting is known of ARM and RISC-V"
#endif

void console_write(const char *text) { request(SYS_WRITE0, text); }

void console_exit(int status) {
  const uint32_t arguments[2] = {APPLICATION_EXIT, (uint32_t)status};
  for (;;)
    request(SYS_EXIT_EXTENDED, arguments);
}
