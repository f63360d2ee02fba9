//===- Globals.cpp ----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Expressions.h"
#include "Module.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/Support/Endian.h"

using namespace mlir;
using namespace smelt;
using namespace smelt::c;

namespace {

/// The raw data of a constant.
struct Elements {
  ArrayRef<char> bytes;
  bool isSplat = false;
};

FailureOr<Elements> getElements(const GlobalData &global) {
  emitc::GlobalOp op = global.op;
  Attribute value = *op.getInitialValue();
  Elements elements;
  if (auto dense = dyn_cast<DenseElementsAttr>(value)) {
    elements.bytes = dense.getRawData();
    elements.isSplat = dense.isSplat();
  } else if (auto resource = dyn_cast<DenseResourceElementsAttr>(value)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob)
      return op.emitError("the data of resource '")
             << resource.getRawHandle().getKey() << "' is missing";
    elements.bytes = blob->getData();
  } else {
    return op.emitError("initial value has no C form");
  }
  int64_t count = elements.isSplat ? 1 : global.getSize();
  bool isBits = global.getElementType().getWidth() == 1;
  if (!isBits && static_cast<int64_t>(elements.bytes.size()) <
                     count * global.getElementType().getWidth() / 8)
    return op.emitError("initial value has ")
           << elements.bytes.size() << " bytes, fewer than its type has";
  return elements;
}

std::string printElement(const Elements &elements, int64_t index,
                         const GlobalData &global) {
  IntegerType type = global.getElementType();
  int64_t at = elements.isSplat ? 0 : index;
  if (type.getWidth() == 1) {
    emitc::GlobalOp op = global.op;
    auto values = cast<DenseElementsAttr>(*op.getInitialValue());
    return values.getValues<bool>()[at] ? "true" : "false";
  }
  unsigned size = type.getWidth() / 8;
  uint64_t bits = 0;
  memcpy(&bits, elements.bytes.data() + at * size, size);
  return printLiteral(APInt(64, bits).trunc(type.getWidth()), type, false).text;
}

/// Prints the numbers in lines of at most 80 columns.
class ListPrinter {
public:
  explicit ListPrinter(raw_ostream &os) : os(os) {}

  void add(StringRef text) {
    if (column + 2 + text.size() + 1 > 80 || column == 0) {
      os << (column == 0 ? "\n    " : ",\n    ");
      column = 4;
    } else {
      os << ", ";
      column += 2;
    }
    os << text;
    column += text.size();
  }

private:
  raw_ostream &os;
  size_t column = 0;
};

void printLines(const Elements &elements, const GlobalData &global,
                raw_ostream &os) {
  ListPrinter list(os);
  for (int64_t index = 0; index < global.getSize(); ++index)
    list.add(printElement(elements, index, global));
}

/// The numbers in one line; "" if there is no room for them in one of which
/// `used` columns are used.
std::string printLine(const Elements &elements, const GlobalData &global,
                      size_t used) {
  std::string line;
  for (int64_t index = 0; index < global.getSize(); ++index) {
    line += (index ? ", " : "") + printElement(elements, index, global);
    if (used + line.size() > 80)
      return "";
  }
  return line;
}

bool isAllZero(const Elements &elements) {
  return llvm::all_of(elements.bytes, [](char byte) { return byte == 0; });
}

} // namespace

LogicalResult c::printGlobal(const GlobalData &global, const ModuleInfo &info,
                             raw_ostream &source, raw_ostream *blob) {
  emitc::GlobalOp op = global.op;
  source << '\n';
  if (std::string macro = info.getAttributeMacro(global); !macro.empty())
    source << macro << '\n';
  if (global.isAligned) {
    source << "static union {\n  int64_t align;\n  "
           << declare(op.getType(), "bytes", false) << ";\n} " << global.name
           << ";\n";
    return success();
  }
  std::string declaration =
      declare(op.getType(), global.name, op.getConstSpecifier());
  StringRef linkage = op.getExternSpecifier()   ? "extern "
                      : op.getStaticSpecifier() ? "static "
                                                : "";
  if (!op.getInitialValue()) {
    source << linkage << declaration << ";\n";
    return success();
  }
  FailureOr<Elements> elements = getElements(global);
  if (failed(elements))
    return failure();
  if (global.getElementType().getWidth() == 1 &&
      !isa<DenseElementsAttr>(*op.getInitialValue()))
    return op.emitError("bits in a resource have no C form");
  if (global.blobOffset) {
    blob->write_zeros(global.blobPadding);
    int64_t copies = elements->isSplat ? global.getSize() : 1;
    for (int64_t copy = 0; copy < copies; ++copy)
      *blob << StringRef(elements->bytes.data(), elements->bytes.size());
    source << "#define " << global.name << " (" << info.getBlobName() << " + "
           << *global.blobOffset << ")\n";
    return success();
  }
  std::string start = linkage.str() + declaration + " = {";
  source << start;
  std::string line = isAllZero(*elements)
                         ? "0"
                         : printLine(*elements, global, start.size() + 2);
  if (line.empty())
    printLines(*elements, global, source);
  else
    source << line;
  source << "};\n";
  return success();
}
