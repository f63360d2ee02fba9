//===- Lowerings.h ----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_LIB_CONVERSION_TERNARYTOLOOPS_LOWERINGS_H
#define SMELT_LIB_CONVERSION_TERNARYTOLOOPS_LOWERINGS_H

#include "LoopBuilder.h"
#include "smelt/Conversion/VectorTarget.h"

namespace smelt {

// Each writes the loops that compute an op in memref form, at the builder's
// insertion point. Weights are read from an unrealized cast to their bytes.
void lowerMatmul(ternary::MatmulOp op, LoopBuilder &loops);
/// Whether the form for interleaved weights can be used.
bool canUseVectors(ternary::MatmulOp op, const VectorTarget &target);
bool canUseVectors(ternary::Conv2DOp op, const VectorTarget &target);
void lowerInterleavedMatmul(ternary::MatmulOp op, LoopBuilder &loops,
                            const VectorTarget &target);
void lowerInterleavedConv2D(ternary::Conv2DOp op, LoopBuilder &loops,
                            const VectorTarget &target);
/// Whether products of three inputs can be looked up, which is then faster.
bool canUseLookups(ternary::MatmulOp op, const VectorTarget &target);
void lowerLookupMatmul(ternary::MatmulOp op, LoopBuilder &loops,
                       const VectorTarget &target);
void lowerConv2D(ternary::Conv2DOp op, LoopBuilder &loops);
/// Those of weights by columns that `canMultiplyColumns`.
void lowerColumnMatmul(ternary::MatmulOp op, LoopBuilder &loops);
void lowerColumnConv2D(ternary::Conv2DOp op, LoopBuilder &loops);
void lowerSumPool2D(ternary::SumPool2DOp op, LoopBuilder &loops);

void lowerRequantize(ternary::RequantizeOp op, LoopBuilder &loops,
                     const VectorTarget &target);
void lowerSign(ternary::SignOp op, LoopBuilder &loops);
void lowerRelu(ternary::ReluOp op, LoopBuilder &loops);
void lowerAdd(ternary::AddOp op, LoopBuilder &loops);
void lowerMul(ternary::MulOp op, LoopBuilder &loops);
void lowerLookup(ternary::LookupOp op, LoopBuilder &loops,
                 const VectorTarget &target);

void lowerActivation(ternary::ActivationOp op, LoopBuilder &loops);
void lowerSoftmax(ternary::SoftmaxOp op, LoopBuilder &loops);
void lowerLogSoftmax(ternary::LogSoftmaxOp op, LoopBuilder &loops);

void lowerAbsmax(ternary::AbsmaxOp op, LoopBuilder &loops);
void lowerDynamicQuantize(ternary::DynamicQuantizeOp op, LoopBuilder &loops);
void lowerDequantize(ternary::DequantizeOp op, LoopBuilder &loops);
void lowerRMSNorm(ternary::RMSNormOp op, LoopBuilder &loops);
void lowerLayerNorm(ternary::LayerNormOp op, LoopBuilder &loops);

void lowerEmbed(ternary::EmbedOp op, LoopBuilder &loops);
void lowerBest(ternary::BestOp op, LoopBuilder &loops);
void lowerRefine(ternary::RefineOp op, LoopBuilder &loops,
                 const VectorTarget &target);
void lowerRope(ternary::RopeOp op, LoopBuilder &loops);
void lowerCacheWrite(ternary::CacheWriteOp op, LoopBuilder &loops);
void lowerAttention(ternary::AttentionOp op, LoopBuilder &loops,
                    const VectorTarget &target);

} // namespace smelt

#endif
