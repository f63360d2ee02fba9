/* What the sketch needs of a board. */
#ifndef BOARD_H
#define BOARD_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

void serial_begin(void);
void serial_print_number(int number);

/* Takes a picture, if there is one: grey levels 0 to 255, row by row. */
bool camera_read(uint8_t *picture, int size);

#ifdef __cplusplus
}
#endif

#endif
