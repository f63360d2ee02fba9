//===- RotaryEmbedding.cpp --------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Import/HuggingFace/RotaryEmbedding.h"
#include <algorithm>
#include <cmath>

using namespace smelt::hf;

static constexpr double twoPi = 6.283185307179586476925286766559;

/// Wavelengths that fit often into the original context stay, those that do
/// not fit are stretched, and between them it is interpolated.
static double scaleLlama3(double frequency, const RotaryEmbedding &rotary) {
  double wavelength = twoPi / frequency;
  double turns = rotary.originalContext / wavelength;
  if (turns > rotary.highFrequencyFactor)
    return frequency;
  if (turns < rotary.lowFrequencyFactor)
    return frequency / rotary.factor;
  double smooth = (turns - rotary.lowFrequencyFactor) /
                  (rotary.highFrequencyFactor - rotary.lowFrequencyFactor);
  return (1 - smooth) * frequency / rotary.factor + smooth * frequency;
}

/// The pair of dimensions that makes `turns` turns over the original context.
static double correctionDimension(double turns, double headSize,
                                  const RotaryEmbedding &rotary) {
  return headSize * std::log(rotary.originalContext / (turns * twoPi)) /
         (2 * std::log(rotary.theta));
}

static void scaleYarn(std::vector<double> &frequencies, double headSize,
                      const RotaryEmbedding &rotary) {
  double low = correctionDimension(rotary.betaFast, headSize, rotary);
  double high = correctionDimension(rotary.betaSlow, headSize, rotary);
  if (rotary.truncatesRamp) {
    low = std::floor(low);
    high = std::ceil(high);
  }
  low = std::max(low, 0.0);
  high = std::min(high, headSize - 1);
  if (low == high)
    high += 0.001;
  for (size_t i = 0; i < frequencies.size(); ++i) {
    double ramp = std::clamp((double(i) - low) / (high - low), 0.0, 1.0);
    frequencies[i] =
        frequencies[i] / rotary.factor * ramp + frequencies[i] * (1 - ramp);
  }
}

std::vector<double>
RotaryEmbedding::inverseFrequencies(int64_t headSize) const {
  std::vector<double> frequencies(headSize / 2);
  for (size_t i = 0; i < frequencies.size(); ++i) {
    frequencies[i] = 1 / std::pow(theta, double(2 * i) / double(headSize));
    if (scaling == RotaryScaling::Linear)
      frequencies[i] /= factor;
    else if (scaling == RotaryScaling::Llama3)
      frequencies[i] = scaleLlama3(frequencies[i], *this);
  }
  if (scaling == RotaryScaling::Yarn)
    scaleYarn(frequencies, double(headSize), *this);
  return frequencies;
}

double RotaryEmbedding::attentionFactor() const {
  if (scaling != RotaryScaling::Yarn)
    return 1;
  if (givenAttentionFactor)
    return *givenAttentionFactor;
  auto magnitude = [&](double scale) {
    return factor <= 1 ? 1 : 0.1 * scale * std::log(factor) + 1;
  };
  if (mscale != 0 && mscaleAllDim != 0)
    return magnitude(mscale) / magnitude(mscaleAllDim);
  return magnitude(1);
}
