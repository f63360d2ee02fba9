/* What a test's main program needs of <stdio.h>. */
int printf(const char *format, ...);
