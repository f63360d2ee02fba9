/* Calls a compiled network:

       call_network REPEAT

   prints the median time of a call in nanoseconds, of REPEAT samples of at
   least 5 ms each; with REPEAT 0 it calls once, and prints nothing. The
   compiler is told NETWORK, the function's name, IN_TYPE and IN_SIZE,
   OUT_BYTES, and that inputs are at most IN_LIMIT. */

#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

void NETWORK(const IN_TYPE *in, void *out);

static IN_TYPE in[IN_SIZE] __attribute__((aligned(64)));
static unsigned char out[OUT_BYTES] __attribute__((aligned(64)));

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return 1e9 * time.tv_sec + time.tv_nsec;
}

static double time_calls(long calls) {
  double begin = now();
  for (long i = 0; i < calls; ++i)
    NETWORK(in, out);
  return now() - begin;
}

static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

int main(int argc, char **argv) {
  int repeat = argc > 1 ? atoi(argv[1]) : 0;
  for (long i = 0; i < IN_SIZE; ++i)
    in[i] = (IN_TYPE)((i * 7919 % 256) * (IN_LIMIT / 255.0));
  NETWORK(in, out);
  if (repeat <= 0)
    return 0;
  long calls = 1;
  while (time_calls(calls) < 5e6)
    calls *= 2;
  double *times = malloc(repeat * sizeof(*times));
  if (!times)
    return 1;
  for (int i = 0; i < repeat; ++i)
    times[i] = time_calls(calls) / calls;
  qsort(times, repeat, sizeof(*times), compare);
  printf("%.1f\n", times[repeat / 2]);
  free(times);
  return 0;
}
