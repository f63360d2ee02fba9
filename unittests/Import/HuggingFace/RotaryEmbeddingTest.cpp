//===- RotaryEmbeddingTest.cpp ----------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Import/HuggingFace/RotaryEmbedding.h"
#include "gtest/gtest.h"

using namespace smelt::hf;

/// The numbers come from transformers' formulas, evaluated in Python's f64.
static void expectFrequencies(const RotaryEmbedding &rotary,
                              std::vector<std::pair<size_t, double>> expected) {
  std::vector<double> frequencies = rotary.inverseFrequencies(128);
  ASSERT_EQ(frequencies.size(), 64u);
  for (auto [index, frequency] : expected)
    EXPECT_NEAR(frequencies[index] / frequency, 1, 1e-13) << index;
}

TEST(RotaryEmbedding, ComputesPlainFrequencies) {
  RotaryEmbedding rotary;
  std::vector<double> frequencies = rotary.inverseFrequencies(8);
  ASSERT_EQ(frequencies.size(), 4u);
  for (auto [index, frequency] :
       {std::pair(0, 1.0), std::pair(1, 0.1), std::pair(3, 0.001)})
    EXPECT_NEAR(frequencies[index], frequency, 1e-16);
  EXPECT_EQ(rotary.attentionFactor(), 1);
  rotary.scaling = RotaryScaling::Linear;
  rotary.factor = 4;
  EXPECT_NEAR(rotary.inverseFrequencies(8)[1], 0.025, 1e-17);
}

TEST(RotaryEmbedding, ScalesAsLlama3) {
  RotaryEmbedding rotary;
  rotary.scaling = RotaryScaling::Llama3;
  rotary.theta = 5e5;
  rotary.factor = 8;
  rotary.originalContext = 8192;
  expectFrequencies(rotary, {{0, 1.0},
                             {10, 0.12868737343265052},
                             {28, 0.0032114459947525913},
                             {32, 0.0005248461609929547},
                             {36, 7.78465527393245e-05},
                             {40, 3.428102195952591e-05},
                             {63, 3.068925988914511e-07}});
  EXPECT_EQ(rotary.attentionFactor(), 1);
}

TEST(RotaryEmbedding, ScalesAsYarn) {
  RotaryEmbedding rotary;
  rotary.scaling = RotaryScaling::Yarn;
  rotary.theta = 1e6;
  rotary.factor = 4;
  rotary.originalContext = 16384;
  expectFrequencies(rotary, {{0, 1.0},
                             {10, 0.1154781984689458},
                             {28, 0.001534418280134012},
                             {32, 0.0004705882352941176},
                             {36, 0.00012402838336134772},
                             {40, 4.445698525097307e-05},
                             {63, 3.102344401879299e-07}});
  rotary.truncatesRamp = false;
  expectFrequencies(rotary, {{28, 0.001527796384316867},
                             {32, 0.00045740793787983934},
                             {36, 0.00011408977079255298}});
  EXPECT_NEAR(rotary.attentionFactor(), 1.138629436111989, 1e-15);
  rotary.factor = 40;
  rotary.mscale = 0.7;
  rotary.mscaleAllDim = 0.5;
  EXPECT_NEAR(rotary.attentionFactor(), 1.0622887960785043, 1e-15);
  rotary.givenAttentionFactor = 2;
  EXPECT_EQ(rotary.attentionFactor(), 2);
}
