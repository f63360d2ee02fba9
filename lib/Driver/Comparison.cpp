//===- Comparison.cpp -------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Driver/Comparison.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <cmath>

using namespace llvm;
using namespace smelt;

static int64_t findLargest(const HostTensor &tensor, int64_t first,
                           int64_t count) {
  int64_t best = 0;
  for (int64_t i = 1; i < count; ++i)
    if (tensor.getElement(first + i) > tensor.getElement(first + best))
      best = i;
  return best;
}

static double sampleError(const HostTensor &expected, const HostTensor &actual,
                          int64_t first, int64_t count) {
  double difference = 0, magnitude = 0;
  for (int64_t i = first; i < first + count; ++i) {
    double value = expected.getElement(i);
    difference = std::max(difference, std::abs(value - actual.getElement(i)));
    magnitude = std::max(magnitude, std::abs(value));
  }
  return magnitude > 0 ? difference / magnitude : difference;
}

static OutputComparison compare(const NamedTensor &expected,
                                const NamedTensor &actual, int64_t samples,
                                ArrayRef<int64_t> labels) {
  OutputComparison result;
  result.name = expected.name;
  int64_t elements = std::min(expected.tensor.getNumElements(),
                              actual.tensor.getNumElements());
  if (samples == 0 || elements < samples)
    return result;
  int64_t count = elements / samples;
  int64_t same = 0, rightFloat = 0, rightInteger = 0;
  for (int64_t sample = 0; sample < samples; ++sample) {
    int64_t first = sample * count;
    double error = sampleError(expected.tensor, actual.tensor, first, count);
    result.meanError += error / samples;
    result.maxError = std::max(result.maxError, error);
    int64_t floatAnswer = findLargest(expected.tensor, first, count);
    int64_t integerAnswer = findLargest(actual.tensor, first, count);
    same += floatAnswer == integerAnswer;
    if (!labels.empty()) {
      rightFloat += floatAnswer == labels[sample];
      rightInteger += integerAnswer == labels[sample];
    }
  }
  if (count < 2)
    return result;
  result.agreement = double(same) / samples;
  if (!labels.empty()) {
    result.floatAccuracy = double(rightFloat) / samples;
    result.integerAccuracy = double(rightInteger) / samples;
  }
  return result;
}

std::vector<OutputComparison>
smelt::compareOutputs(ArrayRef<NamedTensor> floatOutputs,
                      ArrayRef<NamedTensor> integerOutputs, int64_t samples,
                      ArrayRef<int64_t> labels) {
  std::vector<OutputComparison> comparisons;
  for (auto [expected, actual] : zip(floatOutputs, integerOutputs))
    comparisons.push_back(compare(expected, actual, samples, labels));
  return comparisons;
}
