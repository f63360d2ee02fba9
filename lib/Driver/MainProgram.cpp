//===- MainProgram.cpp ------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Driver/MainProgram.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"

using namespace mlir;
using namespace smelt;

/// What every program shares. It is after the tables of the network's ports.
static constexpr const char *programText = R"(
static void fail(const char *path, const char *message) {
  fprintf(stderr, "%s: error: %s\n", path, message);
  exit(1);
}

typedef struct {
  char kind;           /* NumPy's letter: f, i, u or b */
  int size;            /* bytes of an element */
  long count;          /* elements */
  unsigned char *data;
} Array;

static long read_shape(const char *path, const char *text) {
  long count = 1;
  while (*text && *text != ')') {
    if (*text >= '0' && *text <= '9') {
      char *end;
      long size = strtol(text, &end, 10);
      if (size > 0 && count > LONG_MAX / 16 / size)
        fail(path, "the array is too large");
      count *= size;
      text = end;
    } else {
      ++text;
    }
  }
  return count;
}

static Array read_npy(const char *path) {
  Array array;
  unsigned char start[12];
  char *header, *type, *shape;
  unsigned long length, prefix;
  FILE *file = fopen(path, "rb");
  if (!file)
    fail(path, "cannot be opened");
  if (fread(start, 1, 12, file) != 12 || memcmp(start, "\x93NUMPY", 6) != 0)
    fail(path, "is not a .npy file");
  prefix = start[6] == 1 ? 10 : 12;
  length = start[8] + 256ul * start[9];
  if (prefix == 12)
    length += 65536ul * start[10];
  if (fseek(file, (long)prefix, SEEK_SET) != 0 || length > 1000000 ||
      !(header = (char *)calloc(length + 1, 1)) ||
      fread(header, 1, length, file) != length)
    fail(path, "is not a .npy file");
  type = strstr(header, "'descr': '");
  shape = strstr(header, "'shape': (");
  if (!type || !shape || !strstr(header, "'fortran_order': False"))
    fail(path, "has an unknown form; save a plain array in C order");
  type += strlen("'descr': '");
  if (*type == '<' || *type == '|' || *type == '=')
    ++type;
  array.kind = type[0];
  array.size = type[1] - '0';
  if (!strchr("fiub", array.kind) || (array.size != 1 && array.size != 2 &&
      array.size != 4 && array.size != 8) ||
      (array.kind == 'f' && array.size < 4))
    fail(path, "has elements of an unknown type");
  array.count = read_shape(path, shape + strlen("'shape': ("));
  array.data = (unsigned char *)malloc((size_t)array.count * array.size + 1);
  if (!array.data || fread(array.data, array.size, array.count, file) !=
                         (size_t)array.count)
    fail(path, "is truncated");
  fclose(file);
  free(header);
  return array;
}

static double element(const Array *array, long index) {
  const unsigned char *at = array->data + index * array->size;
  if (array->kind == 'f') {
    float single;
    double full;
    if (array->size == 4) {
      memcpy(&single, at, 4);
      return single;
    }
    memcpy(&full, at, 8);
    return full;
  } else {
    uint64_t bits = 0;
    int i;
    for (i = array->size - 1; i >= 0; --i)
      bits = bits << 8 | at[i];
    if (array->kind == 'i' && array->size < 8 &&
        bits >> (8 * array->size - 1))
      return (double)bits - (double)((uint64_t)1 << (8 * array->size));
    return array->kind == 'i' ? (double)(int64_t)bits : (double)bits;
  }
}

static double clamp(double value, double low, double high) {
  return value < low ? low : value > high ? high : value;
}

static double round_even(double value) {
  double whole = value < 0 ? -(double)(int64_t)-value : (double)(int64_t)value;
  double rest = value - whole;
  if (rest > 0.5 || (rest == 0.5 && (int64_t)whole % 2))
    return whole + 1;
  if (rest < -0.5 || (rest == -0.5 && (int64_t)whole % 2))
    return whole - 1;
  return whole;
}

static void store(const Port *port, void *data, long index, double real) {
  double value = clamp(real / port->scale, -1e15, 1e15);
  value = clamp(round_even(value) + port->zero_point, port->low, port->high);
  switch (port->size) {
  case 1:
    ((unsigned char *)data)[index] = (unsigned char)(int64_t)value;
    break;
  case 2:
    ((uint16_t *)data)[index] = (uint16_t)(int64_t)value;
    break;
  case 4:
    ((uint32_t *)data)[index] = (uint32_t)(int64_t)value;
    break;
  default:
    ((uint64_t *)data)[index] = (uint64_t)(int64_t)value;
  }
}

static double load(const Port *port, const void *data, long index) {
  double value;
  switch (port->size) {
  case 1:
    value = port->low < 0 ? ((const int8_t *)data)[index]
                          : ((const uint8_t *)data)[index];
    break;
  case 2:
    value = ((const int16_t *)data)[index];
    break;
  case 4:
    value = ((const int32_t *)data)[index];
    break;
  default:
    value = (double)((const int64_t *)data)[index];
  }
  return (value - port->zero_point) * port->scale;
}

static void print_output(const Port *port, const void *data) {
  long i, best = 0;
  for (i = 1; i < port->count; ++i)
    if (load(port, data, i) > load(port, data, best))
      best = i;
  printf("%s:", port->name);
  if (port->count > 1)
    printf(" class %ld", best);
  for (i = 0; i < port->count; ++i)
    printf(" %.6g", load(port, data, i));
  printf("\n");
}

int main(int argc, char **argv) {
  Array arrays[NUM_INPUTS];
  long samples = 0, sample, i;
  int input, output;
  if (argc != NUM_INPUTS + 1) {
    fprintf(stderr, "usage: %s", argv[0]);
    for (input = 0; input < NUM_INPUTS; ++input)
      fprintf(stderr, " %s.npy", inputs[input].name);
    fprintf(stderr, "\n");
    return 1;
  }
  for (input = 0; input < NUM_INPUTS; ++input) {
    long count;
    arrays[input] = read_npy(argv[input + 1]);
    count = arrays[input].count / inputs[input].count;
    if (count * inputs[input].count != arrays[input].count || count == 0)
      fail(argv[input + 1], "does not have the shape of the input");
    if (input && count != samples)
      fail(argv[input + 1], "has another number of samples");
    samples = count;
  }
  for (sample = 0; sample < samples; ++sample) {
    for (input = 0; input < NUM_INPUTS; ++input)
      for (i = 0; i < inputs[input].count; ++i)
        store(&inputs[input], inputs[input].data, i,
              element(&arrays[input], sample * inputs[input].count + i));
    run_network();
    for (output = 0; output < NUM_OUTPUTS; ++output)
      print_output(&outputs[output], outputs[output].data);
  }
  return ferror(stdout) || fflush(stdout) ? 1 : 0;
}
)";

static StringRef cType(ElementKind kind) {
  switch (kind) {
  case ElementKind::U8:
    return "uint8_t";
  case ElementKind::I8:
    return "int8_t";
  case ElementKind::I16:
    return "int16_t";
  case ElementKind::I64:
    return "int64_t";
  default:
    return "int32_t";
  }
}

static void printPorts(llvm::raw_ostream &stream, StringRef table,
                       ArrayRef<Port> ports) {
  for (auto [index, port] : llvm::enumerate(ports))
    stream << "static " << cType(port.kind) << " " << table << index << "["
           << port.getNumElements() << "];\n";
  stream << "static const Port " << table << "[] = {\n";
  for (auto [index, port] : llvm::enumerate(ports)) {
    unsigned bits = 8 * getElementSize(port.kind);
    bool isUnsigned = port.kind == ElementKind::U8;
    double high = isUnsigned ? 255 : std::ldexp(1.0, bits - 1) - 1;
    stream << "  {\"";
    llvm::printEscapedString(port.name, stream);
    stream << "\", " << getElementSize(port.kind) << ", "
           << port.getNumElements() << ", "
           << llvm::format("%.17g, %.1f, %.1f, %.1f, ", port.scale,
                           double(port.zeroPoint), isUnsigned ? 0.0 : -high - 1,
                           std::min(high, 9007199254740992.0))
           << table << index << "},\n";
  }
  stream << "};\n";
}

std::string smelt::makeMainProgram(const Signature &signature,
                                   StringRef functionName) {
  std::string program;
  llvm::raw_string_ostream stream(program);
  stream << "#include <limits.h>\n#include <stdint.h>\n#include <stdio.h>\n"
            "#include <stdlib.h>\n#include <string.h>\n\n"
            "typedef struct {\n  const char *name;\n  int size;\n"
            "  long count;\n  double scale, zero_point, low, high;\n"
            "  void *data;\n} Port;\n\n";
  printPorts(stream, "inputs", signature.inputs);
  printPorts(stream, "outputs", signature.outputs);
  std::string arguments, parameters;
  for (StringRef table : {"inputs", "outputs"}) {
    size_t count =
        table == "inputs" ? signature.inputs.size() : signature.outputs.size();
    for (size_t i = 0; i < count; ++i) {
      StringRef separator = arguments.empty() ? "" : ", ";
      parameters += (separator + "void *").str();
      arguments += (separator + table + std::to_string(i)).str();
    }
  }
  stream << "enum { NUM_INPUTS = " << signature.inputs.size()
         << ", NUM_OUTPUTS = " << signature.outputs.size() << " };\n\n"
         << "void " << functionName << "(" << parameters << ");\n"
         << "static void run_network(void) { " << functionName << "("
         << arguments << "); }\n"
         << programText;
  return program;
}
