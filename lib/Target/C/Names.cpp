//===- Names.cpp ------------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Names.h"
#include "smelt/Target/C/CEmitter.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/Twine.h"

using namespace llvm;
using namespace smelt;

/// Keywords of C and C++, and names of the standard library that compilers
/// know or that the printed code uses.
static const char *const reservedNames[] = {
    "alignas", "alignof", "and", "and_eq", "asm", "auto", "bitand", "bitor",
    "bool", "break", "case", "catch", "char", "char8_t", "char16_t", "char32_t",
    "class", "compl", "concept", "const", "consteval", "constexpr", "constinit",
    "const_cast", "continue", "co_await", "co_return", "co_yield", "decltype",
    "default", "delete", "do", "double", "dynamic_cast", "else", "enum",
    "explicit", "export", "extern", "false", "float", "for", "friend", "goto",
    "if", "inline", "int", "long", "mutable", "namespace", "new", "noexcept",
    "not", "not_eq", "nullptr", "operator", "or", "or_eq", "private",
    "protected", "public", "register", "reinterpret_cast", "requires",
    "restrict", "return", "short", "signed", "sizeof", "static",
    "static_assert", "static_cast", "struct", "switch", "template", "this",
    "thread_local", "throw", "true", "try", "typedef", "typeid", "typename",
    "typeof", "typeof_unqual", "union", "unsigned", "using", "virtual", "void",
    "volatile", "wchar_t", "while", "xor", "xor_eq",
    // Types and macros.
    "int8_t", "int16_t", "int32_t", "int64_t", "uint8_t", "uint16_t",
    "uint32_t", "uint64_t", "size_t", "ptrdiff_t", "intptr_t", "uintptr_t",
    "NULL", "NOCLONE", "THREADS", "INT8_MIN", "INT16_MIN", "INT32_MIN",
    "INT64_MIN", "INT8_MAX", "INT16_MAX", "INT32_MAX", "INT64_MAX", "INT64_C",
    "UINT64_C", "errno", "assert", "stdin", "stdout", "stderr", "unix", "linux",
    "i386", "main",
    // Functions that compilers have built in.
    "abort", "abs", "acos", "acosh", "alloca", "asin", "asinh", "atan", "atan2",
    "atanh", "bcmp", "bcopy", "bzero", "cabs", "calloc", "carg", "cbrt", "ceil",
    "cexp", "cimag", "clog", "conj", "copysign", "cos", "cosh", "cpow", "cproj",
    "creal", "csin", "csqrt", "ctan", "dcgettext", "dgettext", "drem", "erf",
    "erfc", "exit", "exp", "exp10", "exp2", "expm1", "fabs", "fdim", "ffs",
    "finite", "floor", "fma", "fmax", "fmin", "fmod", "fork", "fprintf",
    "fputc", "fputs", "free", "frexp", "fscanf", "fwrite", "gamma", "gettext",
    "hypot", "ilogb", "imaxabs", "index", "isalnum", "isalpha", "isascii",
    "isblank", "iscntrl", "isdigit", "isgraph", "isinf", "islower", "isnan",
    "isprint", "ispunct", "isspace", "isupper", "isxdigit", "j0", "j1", "jn",
    "labs", "ldexp", "lgamma", "llabs", "llrint", "llround", "log", "log10",
    "log1p", "log2", "logb", "lrint", "lround", "malloc", "memchr", "memcmp",
    "memcpy", "memmove", "mempcpy", "memset", "modf", "nan", "nearbyint",
    "nextafter", "nexttoward", "pow", "pow10", "printf", "putc", "putchar",
    "puts", "realloc", "remainder", "remquo", "rindex", "rint", "round",
    "scalb", "scalbln", "scalbn", "scanf", "signbit", "significand", "sin",
    "sincos", "sinh", "snprintf", "sprintf", "sqrt", "sscanf", "stpcpy",
    "strcasecmp", "strcat", "strchr", "strcmp", "strcpy", "strcspn", "strdup",
    "strfmon", "strftime", "strlen", "strncat", "strncmp", "strncpy", "strndup",
    "strpbrk", "strrchr", "strspn", "strstr", "tan", "tanh", "tgamma",
    "toascii", "tolower", "toupper", "trunc", "vfprintf", "vprintf", "vscanf",
    "vsnprintf", "vsprintf", "vsscanf", "y0", "y1", "yn"};

bool smelt::isReservedInC(StringRef name) {
  static const StringSet<> names = [] {
    StringSet<> set;
    for (const char *reserved : reservedNames)
      set.insert(reserved);
    return set;
  }();
  return names.contains(name);
}

std::string c::toIdentifier(StringRef text, StringRef fallback) {
  std::string name;
  for (char letter : text) {
    bool isPlain = isAlnum(letter);
    if (isPlain)
      name += letter;
    else if (!name.empty() && name.back() != '_')
      name += '_';
  }
  while (!name.empty() && name.back() == '_')
    name.pop_back();
  if (name.empty())
    return fallback.str();
  if (isDigit(name.front()))
    name = (Twine(fallback) + "_" + name).str();
  return name;
}

std::string c::toShortIdentifier(StringRef text, StringRef fallback) {
  constexpr size_t maxLength = 32;
  // Converters join the names of the nodes that they fuse with semicolons.
  std::string name = toIdentifier(text.split(';').first, fallback);
  if (name.size() <= maxLength)
    return name;
  size_t end = name.rfind('_', maxLength);
  return name.substr(
      0, end == std::string::npos || end < maxLength / 2 ? maxLength : end);
}

std::string c::toMacro(StringRef text) { return text.upper(); }

std::string c::toComment(StringRef text) {
  std::string comment;
  for (char letter : text) {
    bool endsComment =
        !comment.empty() && ((comment.back() == '*' && letter == '/') ||
                             (comment.back() == '/' && letter == '*'));
    if (endsComment)
      comment += ' ';
    comment += isPrint(letter) || (letter & 0x80) ? letter : ' ';
  }
  // A backslash or a trigraph at the end of a line would join it to the next.
  std::replace(comment.begin(), comment.end(), '\\', '/');
  return comment;
}

bool c::NameScope::isTaken(StringRef name) const {
  return names.contains(name) || (parent && parent->isTaken(name));
}

std::string c::NameScope::add(StringRef wanted) {
  std::string base = wanted.str();
  if (isReservedInC(base))
    base += '_';
  std::string name = base;
  StringRef separator = isDigit(base.back()) ? "_" : "";
  for (unsigned number = 2; isReservedInC(name) || isTaken(name); ++number)
    name = (base + separator + Twine(number)).str();
  names.insert(name);
  return name;
}

std::string c::NameScope::addCounter() {
  for (const char *name : {"i", "j", "k", "l", "m", "n", "p", "q", "r"}) {
    if (isTaken(name))
      continue;
    names.insert(name);
    return name;
  }
  return add("i");
}
