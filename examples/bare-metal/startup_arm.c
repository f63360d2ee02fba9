/* From reset to run_program, on every Cortex-M. */

#include "runtime.h"

extern uint32_t stack_limit[], stack_top[];

void reset(void);

/* A stack that was too small is no place for the handler's own frame. */
__attribute__((naked, used)) static void fault(void) {
  __asm volatile("ldr r0, =stack_top\n\t"
#if defined(__ARM_ARCH_8M_MAIN__) || defined(__ARM_ARCH_8_1M_MAIN__)
                 "ldr r1, =stack_limit\n\t"
                 "msr msplim, r1\n\t"
#endif
                 "mov sp, r0\n\t"
                 "bl report_fault\n\t"
                 ".ltorg");
}

/* What the processor reads at reset: the stack, the first instruction, and
 * the handlers of its 14 exceptions. There are no interrupts. */
typedef union {
  uint32_t *stack;
  void (*handler)(void);
} vector;

__attribute__((section(".start"), used)) static const vector vectors[16] = {
    {.stack = stack_top}, {.handler = reset}, {.handler = fault},
    {.handler = fault},   {.handler = fault}, {.handler = fault},
    {.handler = fault},   {.handler = fault}, {.handler = fault},
    {.handler = fault},   {.handler = fault}, {.handler = fault},
    {.handler = fault},   {.handler = fault}, {.handler = fault},
    {.handler = fault},
};

/* Code for a core with an FPU or Helium (MVE) may use their registers for
 * integers, too, and faults before coprocessors 10 and 11 are enabled. */
static void enable_vector_registers(void) {
#if defined(__ARM_FP) || defined(__ARM_FEATURE_MVE)
  volatile uint32_t *coprocessor_access = (volatile uint32_t *)0xe000ed88;
  *coprocessor_access |= 0xfu << 20;
  __asm volatile("dsb\n\tisb" ::: "memory");
#endif
}

/* ARMv8-M faults where the stack pointer would pass its limit. */
static void limit_stack(void) {
#if defined(__ARM_ARCH_8M_MAIN__) || defined(__ARM_ARCH_8_1M_MAIN__)
  __asm volatile("msr msplim, %0" ::"r"(stack_limit));
#endif
}

void reset(void) {
  limit_stack();
  enable_vector_registers();
  run_program();
}
