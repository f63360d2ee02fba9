/* What the test programs read and write, on any system. */
#ifndef CROSS_IO_H
#define CROSS_IO_H

/* 1 if so many bytes came. */
int read_bytes(void *to, long size);
void write_bytes(const void *from, long size);

/* Reads inputs, and writes outputs, until there are no more. */
void run(void);

#endif
