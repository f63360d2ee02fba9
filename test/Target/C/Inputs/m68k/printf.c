/* `printf` of numbers by %lld, and `main`, on what io_m68k.c reads and writes. */
#include "io.h"
#include "stdio.h"
#include <stdarg.h>
#include <stdint.h>

int main(void);

static void print_number(int64_t value) {
  char digits[20], *at = digits + sizeof digits;
  uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;
  do
    *--at = (char)('0' + rest % 10);
  while (rest /= 10);
  if (value < 0)
    write_bytes("-", 1);
  write_bytes(at, digits + sizeof digits - at);
}

int printf(const char *format, ...) {
  va_list values;
  va_start(values, format);
  for (; *format; format++)
    if (*format == '%') {
      print_number(va_arg(values, long long));
      format += sizeof "lld" - 1;
    } else {
      write_bytes(format, 1);
    }
  va_end(values);
  return 0;
}

void run(void) { main(); }
