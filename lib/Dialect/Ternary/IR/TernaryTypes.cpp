//===- TernaryTypes.cpp -----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "smelt/Dialect/Ternary/IR/TernaryOps.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace smelt::ternary;

#include "smelt/Dialect/Ternary/IR/TernaryEnums.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "smelt/Dialect/Ternary/IR/TernaryTypes.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "smelt/Dialect/Ternary/IR/TernaryAttributes.cpp.inc"

void TernaryDialect::registerTypes() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "smelt/Dialect/Ternary/IR/TernaryTypes.cpp.inc"
      >();
}

void TernaryDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "smelt/Dialect/Ternary/IR/TernaryAttributes.cpp.inc"
      >();
}

//===----------------------------------------------------------------------===//
// WeightsType
//===----------------------------------------------------------------------===//

/// Weights in one byte, or 0 for `bitplane`, whose rows are bit vectors.
static int64_t weightsPerByte(Layout layout) {
  switch (layout) {
  case Layout::Dense:
  case Layout::Int8:
    return 1;
  case Layout::Int4:
    return 2;
  case Layout::TwoBit:
  case Layout::Columns:
    return 4;
  case Layout::Base3:
    return 5;
  case Layout::Bitplane:
    return 0;
  }
  return 0;
}

int64_t WeightsType::getColumns() const {
  int64_t columns = 1;
  for (int64_t dimension : getShape().drop_front())
    columns *= dimension;
  return columns;
}

int64_t WeightsType::getMaxMagnitude(Layout layout) {
  switch (layout) {
  case Layout::Int8:
    return 127;
  case Layout::Int4:
    return 7;
  default:
    return 1;
  }
}

bool WeightsType::isRowAligned() const {
  if (getInterleaved() || getLayout() == Layout::Columns)
    return false;
  if (getLayout() != Layout::TwoBit && getLayout() != Layout::Base3)
    return true;
  int64_t perByte = weightsPerByte(getLayout());
  int64_t packed = llvm::divideCeil(getNumWeights(), perByte);
  int64_t aligned = getRows() * llvm::divideCeil(getColumns(), perByte);
  return aligned * 40 <= packed * 41;
}

int64_t WeightsType::getRowBytes() const {
  if (getLayout() == Layout::Bitplane)
    return 2 * llvm::divideCeil(getColumns(), 8);
  return llvm::divideCeil(getColumns(), weightsPerByte(getLayout()));
}

static bool isInterleavable(Layout layout) {
  return layout != Layout::Dense && layout != Layout::Bitplane &&
         layout != Layout::Columns;
}

int64_t WeightsType::getZeroCode() const {
  switch (getLayout()) {
  case Layout::Int8:
    return 128;
  case Layout::Int4:
    return 8;
  default:
    return 1;
  }
}

bool WeightsType::canInterleave(int64_t groups) const {
  // In 32 bits, products with codes of 2 bits times 64 are summed over a
  // quarter of the columns, those with codes of 4 bits times 16 over half of
  // them, and those with weights of 8 bits over all.
  int64_t mostColumns = isTernary() ? (1 << 19) - 1 : 1 << 17;
  if (!isInterleavable(getLayout()) || getColumns() > mostColumns)
    return false;
  return groups == 1 ||
         llvm::divideCeil(getColumns(), groups) % getBlockColumns() == 0;
}

WeightsType WeightsType::interleave(int64_t groups) const {
  auto getForm = [&](Layout layout, bool interleaved) {
    return get(getContext(), getShape(), layout, getPlanes(), interleaved);
  };
  if (getInterleaved() || !canInterleave())
    return *this;
  WeightsType form = getForm(getLayout(), true);
  // An eighth more columns cost more than 2 bits a weight.
  int64_t columns = form.getNumBlocks() * form.getBlockColumns();
  if (getLayout() == Layout::Base3 &&
      (!canInterleave(groups) || columns * 8 > getColumns() * 9))
    form = getForm(Layout::TwoBit, true);
  return form.canInterleave(groups) ? form : *this;
}

int64_t WeightsType::getNumTiles() const {
  return llvm::divideCeil(getRows(), kTileRows);
}

int64_t WeightsType::getBlockColumns() const {
  return getLayout() == Layout::Base3 ? 96 : 16;
}

int64_t WeightsType::getBlockBytes() const {
  switch (getLayout()) {
  case Layout::Int8:
    return 4 * kPartBytes;
  case Layout::Int4:
    return 2 * kPartBytes;
  case Layout::Base3:
    return 5 * kPartBytes;
  default:
    return kPartBytes;
  }
}

int64_t WeightsType::getNumBlocks() const {
  return llvm::divideCeil(getColumns(), getBlockColumns());
}

SmallVector<int64_t> WeightsType::getScalesShape(int64_t groups) const {
  if (getInterleaved())
    return {getPlanes(), getNumTiles(), groups, kTileRows};
  return {getPlanes(), getRows(), groups};
}

int64_t WeightsType::getScaleIndex(int64_t plane, int64_t row, int64_t group,
                                   int64_t groups) const {
  if (!getInterleaved())
    return (plane * getRows() + row) * groups + group;
  int64_t tile = plane * getNumTiles() + row / kTileRows;
  return (tile * groups + group) * kTileRows + row % kTileRows;
}

int64_t WeightsType::getPlaneBytes() const {
  if (getInterleaved())
    return getNumTiles() * getTileBytes();
  if (isRowAligned())
    return getRows() * getRowBytes();
  return llvm::divideCeil(getNumWeights(), weightsPerByte(getLayout()));
}

int64_t WeightsType::getLaneBytes() const {
  return llvm::divideCeil(getColumns(), kLaneColumns);
}

/// Lanes that vectors of 16 and of 32 bits a lane divide, and a thousand bytes
/// or less of sums.
static constexpr int64_t kLaneGranule = 16, kMostTileLanes = 128;

int64_t WeightsType::getNumLaneTiles() const {
  // A multiple of all planes of 16 rows.
  int64_t most = llvm::alignDown(kMostTileLanes, kLaneGranule * getPlanes());
  return llvm::divideCeil(getNumLanes(), most);
}

int64_t WeightsType::getTileLanes() const {
  int64_t tiles = getNumLaneTiles();
  if (tiles == 1)
    return llvm::alignTo(getNumLanes(), kLaneGranule);
  return llvm::alignTo(llvm::divideCeil(getNumLanes(), tiles),
                       kLaneGranule * getPlanes());
}

int64_t WeightsType::getNumBytes() const {
  if (getLayout() != Layout::Columns)
    return getPlanes() * getPlaneBytes();
  return (getLaneBytes() - 1) * getNumLanes() +
         getNumLaneTiles() * getTileLanes();
}

LogicalResult WeightsType::verify(function_ref<InFlightDiagnostic()> emitError,
                                  ArrayRef<int64_t> shape, Layout layout,
                                  int64_t planes, bool interleaved) {
  if (shape.size() < 2)
    return emitError() << "weights need rows and columns";
  int64_t count = 1;
  for (int64_t dimension : shape)
    if (dimension <= 0 || llvm::MulOverflow(count, dimension, count))
      return emitError() << "dimensions must be positive and their product "
                            "must fit in 64 bits";
  if (planes < 1 || planes > 3)
    return emitError() << "weights have 1 to 3 planes, not " << planes;
  if (!isTernary(layout) && planes != 1)
    return emitError() << stringifyLayout(layout) << " weights have one plane";
  if (interleaved && !isInterleavable(layout))
    return emitError() << stringifyLayout(layout)
                       << " weights cannot be interleaved";
  return success();
}

Type WeightsType::parse(AsmParser &parser) {
  SmallVector<int64_t> shape;
  std::string keyword;
  SMLoc location = parser.getCurrentLocation();
  if (parser.parseLess() ||
      parser.parseDimensionList(shape, /*allowDynamic=*/false,
                                /*withTrailingX=*/false) ||
      parser.parseColon())
    return {};
  SMLoc layoutLocation = parser.getCurrentLocation();
  if (parser.parseKeywordOrString(&keyword))
    return {};
  std::optional<Layout> layout = symbolizeLayout(keyword);
  if (!layout) {
    parser.emitError(layoutLocation, "unknown layout '") << keyword << "'";
    return {};
  }
  int64_t planes = 1;
  bool interleaved = false;
  while (!interleaved && succeeded(parser.parseOptionalComma())) {
    if (succeeded(parser.parseOptionalKeyword("interleaved")))
      interleaved = true;
    else if (parser.parseKeyword("planes") || parser.parseEqual() ||
             parser.parseInteger(planes))
      return {};
  }
  if (parser.parseGreater())
    return {};
  return getChecked([&] { return parser.emitError(location); },
                    parser.getContext(), shape, *layout, planes, interleaved);
}

void WeightsType::print(AsmPrinter &printer) const {
  printer << '<';
  llvm::interleave(getShape(), printer.getStream(), "x");
  printer << " : " << stringifyLayout(getLayout());
  if (getPlanes() != 1)
    printer << ", planes = " << getPlanes();
  if (getInterleaved())
    printer << ", interleaved";
  printer << '>';
}

//===----------------------------------------------------------------------===//
// RescaleAttr
//===----------------------------------------------------------------------===//

/// Parses `name = value`. An integer parsed by itself could not use all of its
/// 64 bits.
static ParseResult parseNumber(AsmParser &parser, StringRef name,
                               int64_t &value) {
  IntegerAttr number;
  if (parser.parseKeyword(name) || parser.parseEqual() ||
      parser.parseAttribute(number, parser.getBuilder().getI64Type()))
    return failure();
  value = number.getInt();
  return success();
}

Attribute RescaleAttr::parse(AsmParser &parser, Type) {
  SMLoc location = parser.getCurrentLocation();
  int64_t shift, min, max;
  if (parser.parseLess() || parseNumber(parser, "shift", shift) ||
      parser.parseComma() || parseNumber(parser, "min", min) ||
      parser.parseComma() || parseNumber(parser, "max", max) ||
      parser.parseGreater())
    return {};
  return parser.getChecked<RescaleAttr>(location, parser.getContext(), shift,
                                        min, max);
}

void RescaleAttr::print(AsmPrinter &printer) const {
  printer << "<shift = " << getShift() << ", min = " << getMin()
          << ", max = " << getMax() << ">";
}

LogicalResult RescaleAttr::verify(function_ref<InFlightDiagnostic()> emitError,
                                  int64_t shift, int64_t min, int64_t max) {
  if (shift < 0 || shift > 62)
    return emitError() << "shift must be in 0..62, not " << shift;
  if (min > max)
    return emitError() << "min " << min << " is greater than max " << max;
  return success();
}
