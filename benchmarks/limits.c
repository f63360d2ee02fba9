/* What this machine gives to so many threads, printed as JSON:

       limits THREADS [MEBIBYTES]

   read: GB/s read from a buffer much larger than the caches, which is in huge
         pages where Linux gives them (madvise).
   read_small: the same where it is in ordinary pages.
   dot8: 10^9 operations a second of 8-bit products and their sums in 32 bits
         (vpdpbusd), in registers; null without the instruction.
   matrix8: the same by the matrix registers of AMX; null without them.

   Each is the best of five passes. Thread t runs on the t-th CPU that the
   process may use. */

#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#if defined(__AVX512VNNI__) || defined(__AVXVNNI__)
#include <immintrin.h>
#endif

enum {
  PASSES = 5,
  MAX_THREADS = 1024,
  DOT_STEPS = 20000000,
  MATRIX_STEPS = 2000000
};

struct worker {
  pthread_t thread;
  int cpu;
  const uint64_t *words, *small;
  size_t count;
  uint64_t sum;
  int has_matrices;
  double begin, end;
};

static pthread_barrier_t barrier;
static struct worker workers[MAX_THREADS];

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + 1e-9 * time.tv_nsec;
}

/* Fetches each line some time before it is read: the processor alone does not
   always do so as early as it could. */
static uint64_t read_words(const uint64_t *words, size_t count) {
  enum { LINE = 8, NEAR = 128, FAR = 1024 };
  uint64_t sums[LINE] = {0};
  for (size_t i = 0; i + LINE <= count; i += LINE) {
    __builtin_prefetch(words + i + FAR, 0, 2);
    __builtin_prefetch(words + i + NEAR, 0, 3);
    for (int j = 0; j < LINE; ++j)
      sums[j] += words[i + j];
  }
  uint64_t sum = 0;
  for (int j = 0; j < LINE; ++j)
    sum += sums[j];
  return sum;
}

/* The number of operations of one step of multiply_bytes. */
#if defined(__AVX512VNNI__)
enum { DOT_OPERATIONS = 16 * 64 * 2 };
typedef __m512i vector;
#define DOT(sum, a, b) _mm512_dpbusd_epi32(sum, a, b)
#elif defined(__AVXVNNI__)
enum { DOT_OPERATIONS = 16 * 32 * 2 };
typedef __m256i vector;
#define DOT(sum, a, b) _mm256_dpbusd_avx_epi32(sum, a, b)
#else
enum { DOT_OPERATIONS = 0 };
#endif

static uint64_t multiply_bytes(long steps) {
  uint64_t result = 0;
#if defined(__AVX512VNNI__) || defined(__AVXVNNI__)
  vector sums[16], a, b;
  memset(sums, 0, sizeof(sums));
  memset(&a, 1, sizeof(a));
  memset(&b, 2, sizeof(b));
  for (long step = 0; step < steps; ++step) {
    for (int j = 0; j < 16; ++j)
      sums[j] = DOT(sums[j], a, b);
    __asm__ volatile("" : "+v"(a), "+v"(b));
  }
  for (int j = 0; j < 16; ++j) {
    int32_t first;
    memcpy(&first, &sums[j], sizeof(first));
    result += (uint64_t)first;
  }
#else
  (void)steps;
#endif
  return result;
}

/* The number of operations of one step of multiply_matrices. */
#if defined(__AMX_INT8__) && defined(__linux__)
enum { MATRIX_OPERATIONS = 4 * 16 * 16 * 64 * 2 };

static void multiply_matrices(long steps) {
  /* Palette 1, then the bytes of a row and the rows of each register. */
  struct {
    uint8_t palette, start, reserved[14];
    uint16_t bytes[16];
    uint8_t rows[16];
  } shapes = {1, 0, {0}, {64, 64, 64, 64, 64, 64, 64, 64},
              {16, 16, 16, 16, 16, 16, 16, 16}};
  static const int8_t numbers[1024];
  _tile_loadconfig(&shapes);
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  _tile_loadd(4, numbers, 64);
  _tile_loadd(5, numbers, 64);
  _tile_loadd(6, numbers, 64);
  _tile_loadd(7, numbers, 64);
  for (long step = 0; step < steps; ++step) {
    _tile_dpbssd(0, 4, 6);
    _tile_dpbssd(1, 4, 7);
    _tile_dpbssd(2, 5, 6);
    _tile_dpbssd(3, 5, 7);
  }
  _tile_release();
}

/* Asks Linux for the registers: ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA. */
static int has_matrices(void) {
  return syscall(SYS_arch_prctl, 0x1023, 18) == 0;
}
#else
enum { MATRIX_OPERATIONS = 0 };
static void multiply_matrices(long steps) { (void)steps; }
static int has_matrices(void) { return 0; }
#endif

static void begin_pass(struct worker *worker) {
  pthread_barrier_wait(&barrier);
  worker->begin = now();
}

static void end_pass(struct worker *worker) {
  worker->end = now();
  pthread_barrier_wait(&barrier);
}

static void *work(void *argument) {
  struct worker *worker = argument;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(worker->cpu, &set);
  pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
  for (int pass = 0; pass < PASSES; ++pass) {
    begin_pass(worker);
    worker->sum ^= read_words(worker->words, worker->count);
    end_pass(worker);
  }
  for (int pass = 0; pass < PASSES; ++pass) {
    begin_pass(worker);
    worker->sum ^= read_words(worker->small, worker->count);
    end_pass(worker);
  }
  for (int pass = 0; pass < PASSES; ++pass) {
    begin_pass(worker);
    worker->sum ^= multiply_bytes(DOT_STEPS);
    end_pass(worker);
  }
  for (int pass = 0; pass < PASSES; ++pass) {
    begin_pass(worker);
    if (worker->has_matrices)
      multiply_matrices(MATRIX_STEPS);
    end_pass(worker);
  }
  return NULL;
}

/* The best time of the passes of one measurement, in seconds, each from when the
   first worker began until the last one ended. Only they know: this thread
   waits for a CPU of theirs. */
static double best_time(int threads) {
  double best = 1e30;
  for (int pass = 0; pass < PASSES; ++pass) {
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    double begin = workers[0].begin, end = workers[0].end;
    for (int t = 1; t < threads; ++t) {
      begin = workers[t].begin < begin ? workers[t].begin : begin;
      end = workers[t].end > end ? workers[t].end : end;
    }
    best = end - begin < best ? end - begin : best;
  }
  return best;
}

static void print_rate(const char *name, double operations, double time) {
  if (operations > 0)
    printf(", \"%s\": %.1f", name, 1e-9 * operations / time);
  else
    printf(", \"%s\": null", name);
}

/* A buffer in huge pages or ordinary ones, each of them written. */
static uint64_t *make_buffer(size_t size, int is_huge) {
  uint64_t *words = aligned_alloc(2 << 20, size);
  if (!words) {
    fprintf(stderr, "limits: no memory for %zu bytes\n", size);
    exit(1);
  }
#ifdef MADV_HUGEPAGE
  madvise(words, size, is_huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
#endif
  for (size_t i = 0; i < size / 8; ++i)
    words[i] = i;
  return words;
}

static void start(int threads, const uint64_t *words, const uint64_t *small,
                  size_t count, int with_matrices) {
  cpu_set_t allowed;
  sched_getaffinity(0, sizeof(allowed), &allowed);
  int cpu = -1;
  for (int t = 0; t < threads; ++t) {
    do
      cpu = (cpu + 1) % CPU_SETSIZE;
    while (!CPU_ISSET(cpu, &allowed));
    struct worker *worker = &workers[t];
    worker->cpu = cpu;
    worker->words = words + count / threads * t;
    worker->small = small + count / threads * t;
    worker->count = count / threads;
    worker->has_matrices = with_matrices;
    if (pthread_create(&worker->thread, NULL, work, worker) != 0) {
      fprintf(stderr, "limits: cannot start a thread\n");
      exit(1);
    }
  }
}

int main(int argc, char **argv) {
  int threads = argc > 1 ? atoi(argv[1]) : 1;
  size_t size = (argc > 2 ? strtoull(argv[2], NULL, 10) : 2048) << 20;
  if (threads < 1 || threads > MAX_THREADS || size == 0) {
    fprintf(stderr, "usage: limits THREADS [MEBIBYTES]\n");
    return 1;
  }
  uint64_t *words = make_buffer(size, 1), *small = make_buffer(size, 0);
  pthread_barrier_init(&barrier, NULL, threads + 1);
  int with_matrices = has_matrices();
  start(threads, words, small, size / 8, with_matrices);
  double read_time = best_time(threads), small_time = best_time(threads);
  double dot_time = best_time(threads), matrix_time = best_time(threads);
  uint64_t sum = 0;
  for (int t = 0; t < threads; ++t) {
    pthread_join(workers[t].thread, NULL);
    sum ^= workers[t].sum;
  }
  printf("{\"threads\": %d, \"read\": %.2f", threads, size / read_time * 1e-9);
  print_rate("read_small", (double)size, small_time);
  print_rate("dot8", (double)DOT_OPERATIONS * DOT_STEPS * threads, dot_time);
  double matrices = with_matrices ? MATRIX_OPERATIONS : 0;
  print_rate("matrix8", matrices * MATRIX_STEPS * threads, matrix_time);
  printf(", \"check\": %llu}\n", (unsigned long long)(sum & 0xff));
  free(words);
  free(small);
  return 0;
}
