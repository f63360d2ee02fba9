/* Text output and the end of a program: by semihosting on a machine without an
 * operating system (console_semihosting.c), or by the C library
 * (console_hosted.c). A board of your own would write to its UART instead. */
#ifndef CONSOLE_H
#define CONSOLE_H

#include <stdint.h>

void console_write(const char *text);
void console_write_number(uint32_t number);
void console_exit(int status) __attribute__((noreturn));

#endif
