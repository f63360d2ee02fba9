//===- PrecisionSearch.cpp --------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Quantization/PrecisionSearch.h"
#include "llvm/ADT/StringRef.h"

using namespace mlir;
using namespace smelt;

StringRef smelt::stringifyPrecision(Precision precision) {
  switch (precision) {
  case Precision::OnePlane:
    return "1";
  case Precision::TwoPlanes:
    return "2";
  case Precision::ThreePlanes:
    return "3";
  case Precision::Int8:
    break;
  }
  return "int8";
}

double smelt::bitsPerWeight(Precision precision) {
  constexpr double kBitsPerPlane = 1.6;
  return precision == Precision::Int8
             ? 8
             : kBitsPerPlane * (static_cast<int>(precision) + 1);
}

static Precision next(Precision precision) {
  return static_cast<Precision>(static_cast<int>(precision) + 1);
}

FailureOr<double> smelt::searchPrecisions(std::vector<SearchLayer> &layers,
                                          double maxError,
                                          const MeasureError &measure) {
  FailureOr<double> error = measure(layers);
  while (succeeded(error) && *error > maxError) {
    SearchLayer *best = nullptr;
    double bestGain = 0, bestError = 0;
    for (SearchLayer &layer : layers) {
      if (layer.precision == Precision::Int8)
        continue;
      Precision current = layer.precision;
      double cost = (bitsPerWeight(next(current)) - bitsPerWeight(current)) *
                    static_cast<double>(layer.weights);
      layer.precision = next(current);
      FailureOr<double> promoted = measure(layers);
      layer.precision = current;
      if (failed(promoted))
        return failure();
      double gain = (*error - *promoted) / cost;
      if (!best || gain > bestGain) {
        best = &layer;
        bestGain = gain;
        bestError = *promoted;
      }
    }
    if (!best)
      break;
    best->precision = next(best->precision);
    error = bestError;
  }
  return error;
}
