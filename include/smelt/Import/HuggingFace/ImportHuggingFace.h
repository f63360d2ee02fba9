//===- ImportHuggingFace.h --------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_IMPORT_HUGGINGFACE_IMPORTHUGGINGFACE_H
#define SMELT_IMPORT_HUGGINGFACE_IMPORTHUGGINGFACE_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "smelt/Dialect/Ternary/IR/TernaryOps.h"

namespace smelt {

/// How a language model is made integer.
struct HuggingFaceImportOptions {
  /// Positions of the cache; 0 for all that the model was made for, but at most
  /// 32,768.
  int64_t contextLength = 0;
  /// Tokens of the function `prefill`, at most the context; none is made for
  /// fewer than 2.
  int64_t blockSize = 0;
  /// Drafts that the function `verify` checks at once; none is made for 0.
  int64_t numDrafts = 0;
  /// Sequences of which the function `batch` decodes a token each; none is made
  /// for fewer than 2.
  int64_t numSequences = 1;
  /// Bits of the inputs of matrix products: 8 or 16.
  unsigned activationBits = 8;
  /// Bits of keys and values in the cache: 8 or 16.
  unsigned cacheBits = 8;
  /// How ternary weights are stored.
  ternary::Layout layout = ternary::Layout::TwoBit;
  /// Whether the weights of products of 8-bit inputs are interleaved, where
  /// they can be.
  bool interleaves = false;
  /// How the embedding and the head are stored where they are not ternary:
  /// int8 or int4.
  ternary::Layout embeddingLayout = ternary::Layout::Int8;
  ternary::Layout headLayout = ternary::Layout::Int8;
  /// Whether a head of int8 multiplies only those rows that ternary weights,
  /// stored beside it, give the greatest products.
  bool screensHead = false;
  /// Ternary planes of other matrices that are not ternary already; 0 for 8
  /// bits.
  int64_t planes = 0;
};

/// Reads a checkpoint folder as a module of integer ops.
///
/// `decode` takes one token id, its position (both i32, 1 element) and the
/// cache, and returns the logits (1 x vocabulary, i32) and the new cache.
/// `prefill` takes a block of ids and returns the cache only. `verify` takes a
/// token and drafts of the next ones, and returns what `decode` does, with a
/// row of logits for each. Of the cache, each layer has keys and values
/// (positions x heads x head size) and their absmaxes (positions x heads, i32).
/// These arguments are marked `smelt.state`. `batch` is marked
/// `smelt.sequences`: it takes the token and the position of each sequence, has
/// a row of logits for each, and the cache has the sequences as one more, first
/// dimension.
///
/// A checkpoint is untrusted input. Everything in it that is malformed or not
/// supported is reported, and null is returned.
mlir::OwningOpRef<mlir::ModuleOp>
importHuggingFace(llvm::StringRef folder,
                  const HuggingFaceImportOptions &options,
                  mlir::MLIRContext *context);

} // namespace smelt

#endif
