/* From reset to run_program, on RISC-V in machine mode. */

#include "runtime.h"

void reset(void);

/* The processor comes here with interrupts off and no stack. Each exception
 * goes to `fault`, which also gets a stack of its own: the old one may have
 * been too small. `gp` is for the linker's short addresses of small data. */
__attribute__((section(".start"), naked, used)) void reset(void) {
  __asm volatile(".option push\n\t"
                 ".option norelax\n\t"
                 ".option arch, +zicsr\n\t"
                 "la gp, __global_pointer$\n\t"
                 "la t0, fault\n\t"
                 "csrw mtvec, t0\n\t"
                 "la sp, stack_top\n\t"
                 "call run_program\n\t"
                 ".balign 4\n"
                 "fault:\n\t"
                 "la sp, stack_top\n\t"
                 "call report_fault\n\t"
                 ".option pop");
}
