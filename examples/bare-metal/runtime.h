/* What the start-up code calls. */
#ifndef RUNTIME_H
#define RUNTIME_H

#include <stdint.h>

/* Initializes the memory, calls main, says how much stack it used, and exits
 * with its result. The processor must be ready for any code: with a stack, and
 * with the FPU enabled if there is one. */
void run_program(void) __attribute__((noreturn));

/* For exceptions that nothing handles: says so and exits with status 1. */
void report_fault(void) __attribute__((noreturn));

#endif
