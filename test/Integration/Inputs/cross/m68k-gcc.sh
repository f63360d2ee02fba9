#!/bin/sh
# GCC for m68k with an `int` of 16 bits. Its <stdint.h> does not know of -mshort,
# and the pass `ivopts` is broken with it.
exec m68k-linux-gnu-gcc -mshort -ffreestanding -fno-ivopts \
  -U__INT32_TYPE__ '-D__INT32_TYPE__=long int' \
  -U__UINT32_TYPE__ '-D__UINT32_TYPE__=long unsigned int' \
  -U__INT32_MAX__ -D__INT32_MAX__=0x7fffffffL \
  -U__UINT32_MAX__ -D__UINT32_MAX__=0xffffffffUL \
  -U__INT32_C '-D__INT32_C(c)=c##L' -U__UINT32_C '-D__UINT32_C(c)=c##UL' "$@"
