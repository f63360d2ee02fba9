/* Regions of threads, whose parts must be all of the work, one after another.
   Without an argument, with teams of several sizes, and two threads of which
   one takes longer for its work, until the other has got some of it. */

#include <omp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_THREADS = 128, ALL = 65536 };

void region(void *unused);

static int32_t slow_thread = -1;
static int32_t team, starts[MOST_THREADS], ends[MOST_THREADS];

void work(int32_t thread, int32_t from, int32_t to) {
  if (thread == 0)
    team = omp_get_num_threads();
  starts[thread] = from;
  ends[thread] = to;
  volatile int32_t steps = (to - from) * (thread == slow_thread ? 10 : 1);
  while (steps > 0)
    --steps;
}

static void fail(const char *text, int32_t thread) {
  printf("%s: thread %d of %d has %d to %d\n", text, thread, team,
         starts[thread], ends[thread]);
  exit(1);
}

static void run(void) {
  region(NULL);
  int32_t place = 0, even = ALL / team;
  for (int32_t t = 0; t < team; ++t) {
    if (starts[t] != place || ends[t] > ALL)
      fail("the parts do not follow one another", t);
    place = ends[t];
    // Where a part ends was rounded.
    if (place - starts[t] < even / 2 - 1 || place - starts[t] > 2 * even + 2)
      fail("the part is less than half or more than twice an equal one", t);
  }
  if (place != ALL)
    fail("the parts are not all of the work", team - 1);
}

static void run_often(int32_t threads) {
  omp_set_num_threads(threads);
  for (int i = 0; i < 20; ++i)
    run();
  if (team != threads)
    fail("the team is of another size", 0);
}

/* Runs regions until the first thread's part ends there. */
static void run_until(int32_t least, int32_t most) {
  int number = 0;
  do {
    if (++number > 4000)
      fail("the parts stay as they are", 0);
    run();
  } while (ends[0] < least || ends[0] > most);
}

int main(int argc, char **argv) {
  if (argc > 1) {
    for (int i = 0; i < 20; ++i)
      run();
    return team == atoi(argv[1]) ? 0 : 1;
  }
  // In a region of others, one thread makes the team.
#pragma omp parallel num_threads(2)
#pragma omp single
  run();
  if (team != 1)
    fail("the team is of another size", 0);
  run_often(1);
  run_often(3);
  run_often(100);
  run_often(128);
  omp_set_num_threads(2);
  run();
  if (ends[0] != ALL / 2)
    fail("the parts differ from the start", 0);
  if (omp_get_num_procs() < 2)
    return 0;
  slow_thread = 1;
  run_until(40000, ALL);
  run_until(49152, ALL);
  slow_thread = 0;
  run_until(0, 30000);
  run_until(0, 16384);
  return 0;
}
