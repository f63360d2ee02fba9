/* A plug-in for QEMU that counts the instructions that run in ranges of addresses.
 * Its arguments are out=FILE and range=LOW-HIGH (hexadecimal, any number of
 * them); the file gets a line with the count of each range. The few declarations
 * of QEMU's plug-in interface that it needs are here, for no package has them. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef void (*translate_function)(qemu_plugin_id_t, struct qemu_plugin_tb *);
typedef void (*exit_function)(qemu_plugin_id_t, void *);
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t, translate_function);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t, exit_function, void *);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *);
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *, int operation,
                                                void *counter, uint64_t addend);

EXPORT int qemu_plugin_version = 1;

enum { MOST_RANGES = 256 };
static struct {
  uint64_t low, high, count;
} ranges[MOST_RANGES];
static size_t num_ranges;
static const char *output;

static void translate(qemu_plugin_id_t id, struct qemu_plugin_tb *block) {
  (void)id;
  for (size_t i = 0; i < qemu_plugin_tb_n_insns(block); ++i) {
    struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(block, i);
    uint64_t address = qemu_plugin_insn_vaddr(instruction);
    for (size_t r = 0; r < num_ranges; ++r)
      if (ranges[r].low <= address && address < ranges[r].high)
        qemu_plugin_register_vcpu_insn_exec_inline(instruction, 0, &ranges[r].count, 1);
  }
}

static void finish(qemu_plugin_id_t id, void *unused) {
  (void)id;
  (void)unused;
  FILE *file = fopen(output, "w");
  if (!file)
    return;
  for (size_t r = 0; r < num_ranges; ++r)
    fprintf(file, "%" PRIu64 "\n", ranges[r].count);
  fclose(file);
}

EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int count,
                               char **arguments) {
  (void)info;
  for (int i = 0; i < count; ++i) {
    if (strncmp(arguments[i], "out=", 4) == 0)
      output = strdup(arguments[i] + 4);
    else if (num_ranges < MOST_RANGES &&
             sscanf(arguments[i], "range=%" SCNx64 "-%" SCNx64, &ranges[num_ranges].low,
                    &ranges[num_ranges].high) == 2)
      ++num_ranges;
    else
      return 1;
  }
  if (!output)
    return 1;
  qemu_plugin_register_vcpu_tb_trans_cb(id, translate);
  qemu_plugin_register_atexit_cb(id, finish, NULL);
  return 0;
}
