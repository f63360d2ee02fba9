//===- InterleavedLinear.cpp ------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "InterleavedProduct.h"
#include "Lowerings.h"
#include "Window.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

/// Bytes of windows of an image that stay in the first cache.
static constexpr int64_t kMostWindowBytes = 1 << 15;

template <typename LinearOp>
static bool canUseVectorsOn(LinearOp op, const VectorTarget &target) {
  WeightsType type = op.getWeights().getType();
  if (!target || !type.getInterleaved() || getElementWidth(op.getInput()) != 8)
    return false;
  if (type.getLayout() == Layout::Base3 && !target.hasTableOf32)
    return false;
  int64_t groups = op.getScales() ? getShape(op.getScales())[2] : 1;
  return type.canInterleave(groups);
}

static bool fitsOnStack(Value weights) {
  return InterleavedProduct::getCodeBytes(cast<WeightsType>(
             weights.getType())) <= InterleavedProduct::kMostCodeBytes;
}

bool smelt::canUseVectors(MatmulOp op, const VectorTarget &target) {
  return canUseVectorsOn(op, target) &&
         (getShape(op.getInput())[0] == 1 || fitsOnStack(op.getWeights()));
}

bool smelt::canUseVectors(Conv2DOp op, const VectorTarget &target) {
  return canUseVectorsOn(op, target) && op.isProductOfWindows() &&
         fitsOnStack(op.getWeights());
}

void smelt::lowerInterleavedMatmul(MatmulOp op, LoopBuilder &loops,
                                   const VectorTarget &target) {
  int64_t count = getShape(op.getInput())[0];
  ProductRows rows;
  rows.buffer = loops.flatten(op.getInput());
  InterleavedProduct product(op, rows, loops, target);
  if (count == 1)
    return product.lowerVector(rows.buffer);
  product.prepareRows(count);
  product.lowerRows(loops.index(0), count, InterleavedProduct::Sharing::Tiles);
  product.releaseRows();
}

//===----------------------------------------------------------------------===//
// ternary.conv2d
//===----------------------------------------------------------------------===//

namespace {
/// Copies windows of an image, with its padding, for a product with weights.
class Windows {
public:
  Windows(Conv2DOp op, LoopBuilder &loops);

  int64_t getImages() const { return image[0]; }
  int64_t getPositions() const { return result[1] * result[2]; }

  /// Makes the padded form of an image, where it has padding.
  void beginImage(Value index);
  /// Writes the window of an output position to `to` from `at` on.
  void copy(Value position, Value to, Value at);

private:
  void copyBytes(Value from, Value fromIndex, Value to, Value toIndex,
                 int64_t count);

  LoopBuilder &loops;
  ArrayRef<int64_t> image, result, kernel, stride;
  int64_t top, left, dilation, height, width, channels;
  Value input, padded, first;
};
} // namespace

Windows::Windows(Conv2DOp op, LoopBuilder &loops)
    : loops(loops), image(getShape(op.getInput())),
      result(op.getResultType().getShape()),
      kernel(op.getWeights().getType().getShape()), stride(op.getStride()),
      top(op.getPad()[0]), left(op.getPad()[2]), dilation(op.getDilation()[0]),
      height(image[1] + top + op.getPad()[1]),
      width(image[2] + left + op.getPad()[3]), channels(image[3]),
      input(loops.flatten(op.getInput())) {
  if (height != image[1] || width != image[2])
    padded = loops.allocate(height * width * channels, 8);
}

void Windows::beginImage(Value index) {
  int64_t size = image[1] * image[2] * channels;
  first = loops.mul(index, size);
  if (!padded)
    return;
  loops.forEach(getNumElements(padded),
                [&](Value i) { loops.store(loops.integer(8, 0), padded, i); });
  loops.forEach(image[1], [&](Value y) {
    Value from = loops.add(first, loops.mul(y, image[2] * channels));
    Value to = loops.mul(loops.add(y, top), width * channels);
    to = loops.add(to, left * channels);
    loops.forEach(image[2] * channels, [&](Value i) {
      loops.store(loops.load(input, loops.add(from, i)), padded,
                  loops.add(to, i));
    });
  });
}

/// Copies a number of bytes that is known by loads and stores of powers of two.
void Windows::copyBytes(Value from, Value fromIndex, Value to, Value toIndex,
                        int64_t count) {
  OpBuilder &builder = loops.getBuilder();
  int64_t done = 0;
  for (int64_t size = 64; size > 0; size /= 2)
    for (; count - done >= size; done += size) {
      auto type = VectorType::get({size}, loops.getInteger(8));
      Value bytes = builder.create<vector::LoadOp>(
          loops.getLocation(), type, from, loops.add(fromIndex, done));
      builder.create<vector::StoreOp>(loops.getLocation(), bytes, to,
                                      loops.add(toIndex, done));
    }
}

void Windows::copy(Value position, Value to, Value at) {
  Value columns = loops.index(result[2]);
  Value y = loops.mul(loops.divideUnsigned(position, columns), stride[0]);
  Value x = loops.mul(loops.remainderUnsigned(position, columns), stride[1]);
  Value pixel = loops.mul(loops.add(loops.mul(y, width), x), channels);
  Value source = padded;
  if (!padded) {
    source = input;
    pixel = loops.add(pixel, first);
  }
  int64_t line = kernel[2] * channels;
  for (int64_t tap = 0; tap < kernel[1]; ++tap)
    copyBytes(source, loops.add(pixel, tap * dilation * width * channels), to,
              loops.add(at, tap * line), line);
  int64_t size = kernel[1] * line;
  for (int64_t i = size; i % 4 != 0; ++i)
    loops.store(loops.integer(8, 0), to, loops.add(at, i));
}

void smelt::lowerInterleavedConv2D(Conv2DOp op, LoopBuilder &loops,
                                   const VectorTarget &target) {
  using Sharing = InterleavedProduct::Sharing;
  Windows windows(op, loops);
  ProductRows rows;
  rows.mostPanelBytes = kMostWindowBytes;
  rows.copy = [&](Value position, Value panel, Value at) {
    windows.copy(position, panel, at);
  };
  InterleavedProduct product(op, rows, loops, target);
  int64_t positions = windows.getPositions();
  product.prepareRows(positions);
  auto lowerImage = [&](Value image, Sharing sharing) {
    windows.beginImage(image);
    product.lowerRows(loops.mul(image, positions), positions, sharing);
  };
  if (windows.getImages() == 1)
    lowerImage(loops.index(0), Sharing::Rows);
  else
    loops.forEachShared(windows.getImages(), /*granule=*/1,
                        [&](Value image) { lowerImage(image, Sharing::None); });
  product.releaseRows();
}
