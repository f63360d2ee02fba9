/* Two threads, of which one takes longer for its work, until the other has got
   some of it: at first the second one, then the first. */

#include <omp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

void region(void *unused);

static int32_t slow_thread;
static int32_t starts[2], ends[2];

void work(int32_t thread, int32_t from, int32_t to) {
  starts[thread] = from;
  ends[thread] = to;
  volatile int32_t steps = (to - from) * (thread == slow_thread ? 10 : 1);
  while (steps > 0)
    --steps;
}

static void fail(const char *text, int region) {
  printf("region %d: %s: %d to %d, %d to %d\n", region, text, starts[0],
         ends[0], starts[1], ends[1]);
  exit(1);
}

static void run(int number) {
  region(NULL);
  if (starts[0] != 0 || ends[0] != starts[1] || ends[1] != 65536)
    fail("the parts are not all of the work", number);
  if (ends[0] < 16384 || ends[0] > 49152)
    fail("a part is less than half of an equal one", number);
}

/* Runs regions until the first thread's part is at least or at most so long. */
static void run_until(int32_t least, int32_t most) {
  int number = 0;
  do {
    if (++number > 2000)
      fail("the parts stay as they are", number);
    run(number);
  } while (ends[0] < least || ends[0] > most);
}

int main(void) {
  slow_thread = 1;
  run(0);
  if (ends[0] != 32768)
    fail("the parts differ from the start", 0);
  if (omp_get_num_procs() < 2)
    return 0;
  run_until(40000, 65536);
  slow_thread = 0;
  run_until(0, 30000);
  return 0;
}
