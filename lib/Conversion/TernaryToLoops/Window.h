//===- Window.h -------------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_LIB_CONVERSION_TERNARYTOLOOPS_WINDOW_H
#define SMELT_LIB_CONVERSION_TERNARYTOLOOPS_WINDOW_H

#include "LoopBuilder.h"

namespace smelt {

/// The part of a window that lies in the image, along one dimension.
struct ClippedWindow {
  mlir::Value begin, end;
  /// Padded position of the window's first tap.
  mlir::Value start;
};

/// One dimension of a sliding window.
struct WindowDimension {
  int64_t size, outputSize, kernel;
  int64_t padBegin, stride, dilation;

  /// The taps of output position `output` that read the image.
  ClippedWindow clip(LoopBuilder &loops, mlir::Value output) const;
  /// The image position that a tap of a clipped window reads.
  mlir::Value getPosition(LoopBuilder &loops, const ClippedWindow &window,
                          mlir::Value tap) const;
};

/// A window that slides over images `batch x height x width x channels`.
struct SlidingWindow {
  explicit SlidingWindow(ternary::Conv2DOp op);
  explicit SlidingWindow(ternary::SumPool2DOp op);

  /// The first channel of an image position.
  mlir::Value getPixel(LoopBuilder &loops, mlir::Value image, mlir::Value y,
                       mlir::Value x) const;

  int64_t batch, channels;
  WindowDimension vertical, horizontal;

private:
  template <typename WindowOp>
  SlidingWindow(WindowOp op, llvm::ArrayRef<int64_t> kernel,
                llvm::ArrayRef<int64_t> dilation);
};

} // namespace smelt

#endif
