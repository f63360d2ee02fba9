//===- Header.cpp -----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Expressions.h"
#include "Module.h"
#include "SourceWriter.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace smelt;
using namespace smelt::c;

namespace {

/// Prints what a caller has to know of each function.
class HeaderPrinter {
public:
  HeaderPrinter(const ModuleInfo &info, llvm::raw_ostream &os)
      : info(info), os(os) {}

  void print();

private:
  void printUsage(emitc::FuncOp function);
  void printArgument(emitc::FuncOp function, unsigned index, StringRef name,
                     StringRef prefix);
  void printTotals();
  void define(const Twine &name, const Twine &value) {
    os << "#define " << name << ' ' << value << '\n';
  }
  std::string getPrefix(emitc::FuncOp function) const {
    return toMacro(info.getName(function));
  }
  SmallVector<std::string> getArguments(emitc::FuncOp function) const {
    NameScope scope(&info.scope);
    return info.getArgumentNames(function, scope);
  }
  /// The start of the names of each argument's macros.
  SmallVector<std::string> getMacros(emitc::FuncOp function) const {
    NameScope scope;
    SmallVector<std::string> macros;
    for (StringRef name : getArguments(function))
      macros.push_back(scope.add(getPrefix(function) + "_" + toMacro(name)));
    return macros;
  }

  const ModuleInfo &info;
  llvm::raw_ostream &os;
};

/// The shortest decimal that reads back as `value`, as a C double.
std::string printDouble(double value) {
  for (int digits = 1; digits <= 17; ++digits) {
    char text[40];
    snprintf(text, sizeof(text), "%.*g", digits, value);
    if (strtod(text, nullptr) != value)
      continue;
    std::string literal = text;
    if (literal.find_first_of(".en") == std::string::npos)
      literal += ".0";
    return literal;
  }
  return "0.0";
}

/// Whether an argument is what the network remembers.
static bool isState(emitc::FuncOp function, unsigned index) {
  return static_cast<bool>(function.getArgAttr(index, "smelt.state"));
}

void HeaderPrinter::printUsage(emitc::FuncOp function) {
  std::string call;
  SmallVector<std::string> macros = getMacros(function);
  for (auto [index, name] : llvm::enumerate(getArguments(function))) {
    Type type = function.getArgument(index).getType();
    call += call.empty() ? "" : ", ";
    if (isState(function, index)) {
      call += "(int8_t *)" + name;
      os << " *     static int64_t " << name << '[' << macros[index]
         << "_SIZE / 8];\n";
      continue;
    }
    call += name;
    if (isa<emitc::PointerType>(type))
      os << " *     static " << getTypeName(type) << ' ' << name << '['
         << macros[index] << "_SIZE];\n";
  }
  os << " *     " << info.getName(function) << '(' << call << ");\n";
}

void HeaderPrinter::printArgument(emitc::FuncOp function, unsigned index,
                                  StringRef name, StringRef prefix) {
  auto shape =
      function.getArgAttrOfType<DenseI64ArrayAttr>(index, "smelt.shape");
  if (!shape)
    return;
  bool isInput = info.pointers.isConst(function.getArgument(index));
  auto given = function.getArgAttrOfType<StringAttr>(index, "smelt.name");
  std::string title = isState(function, index) ? "State"
                      : isInput                ? "Input"
                                               : "Output";
  title += (" \"" + Twine(given ? given.getValue() : name) + "\": ").str();
  os << '\n';
  StringRef alignment = isState(function, index)
                            ? ", aligned to 8 bytes; kept from call to call"
                            : "";
  SourceWriter(os).comment(title + info.describe(function, index) +
                           alignment.str() + ".");
  int64_t size = 1;
  for (int64_t extent : shape.asArrayRef())
    size *= extent;
  define(prefix + "_SIZE", Twine(size));
  define(prefix + "_RANK", Twine(shape.size()));
  for (auto [axis, extent] : llvm::enumerate(shape.asArrayRef()))
    define(prefix + "_DIM" + Twine(axis), Twine(extent));
  if (auto scale = function.getArgAttrOfType<FloatAttr>(index, "smelt.scale"))
    define(prefix + "_SCALE", printDouble(scale.getValueAsDouble()));
  if (auto zero =
          function.getArgAttrOfType<IntegerAttr>(index, "smelt.zero_point"))
    define(prefix + "_ZERO_POINT", zero.getValue().isNegative()
                                       ? "(" + Twine(zero.getInt()) + ")"
                                       : Twine(zero.getInt()));
}

void HeaderPrinter::printTotals() {
  std::string prefix = info.getMacroPrefix();
  os << "\n/* Memory between the layers, and weights and tables, in bytes. "
        "*/\n";
  define(prefix + "_ARENA_BYTES", Twine(info.getArenaBytes()));
  define(prefix + "_WEIGHT_BYTES", Twine(info.getWeightBytes()));
  if (info.getBlobName().empty())
    return;
  os << '\n';
  SourceWriter(os).comment(
      "The contents of the weights file, aligned to 64 bytes. Set it before "
      "the first call.");
  os << "extern const int8_t *" << info.getBlobName() << ";\n";
}

void HeaderPrinter::print() {
  std::string guard = toMacro(toIdentifier(info.headerName, "model"));
  os << "/* Integer inference code of the model \"" << toComment(info.name)
     << "\".\n * Generated by Smelt; do not edit.\n *\n * To run the model:\n "
        "*\n";
  for (emitc::FuncOp function : info.publicFunctions)
    printUsage(function);
  os << " *\n * An element q stands for the number (q - ZERO_POINT) * SCALE.\n"
        " * The arrays must not overlap.\n";
  if (info.getArenaBytes() != 0)
    os << " * A call uses static memory: two must not run at once.\n";
  os << " */\n";
  os << "#ifndef " << guard << "\n#define " << guard << "\n\n";
  os << (info.headerNeedsBool ? "#include <stdbool.h>\n" : "");
  os << "#include <stdint.h>\n";
  for (emitc::FuncOp function : info.publicFunctions)
    for (auto [index, name] : llvm::enumerate(getArguments(function)))
      printArgument(function, index, name, getMacros(function)[index]);
  printTotals();
  os << "\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n";
  SourceWriter writer(os);
  for (emitc::FuncOp function : info.publicFunctions)
    writer.line(info.getPrototype(function, getArguments(function)) + ";");
  os << "\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n";
}

} // namespace

void c::printHeader(const ModuleInfo &info, llvm::raw_ostream &header) {
  HeaderPrinter(info, header).print();
}
