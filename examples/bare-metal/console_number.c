/* Numbers as text, for every console. */

#include "console.h"

void console_write_number(uint32_t number) {
  char text[11];
  char *digit = text + sizeof(text) - 1;
  *digit = '\0';
  do {
    *--digit = (char)('0' + number % 10);
    number /= 10;
  } while (number);
  console_write(digit);
}
