//===- BytePairEncoder.h ----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_RUNTIME_BYTEPAIRENCODER_H
#define SMELT_RUNTIME_BYTEPAIRENCODER_H

#include "smelt/Runtime/TokenTable.h"
#include <unordered_map>
#include <vector>

namespace smelt::runtime {

/// Byte pair encoding: a piece begins as its characters, and the pair of
/// neighbours that ranks first, of these the leftmost, is merged until there
/// is none. Takes O(n log n) steps for n characters.
class BytePairEncoder {
public:
  /// Fails if a listed merge makes no token. The arguments must stay where
  /// they are.
  static Result<BytePairEncoder> create(const TokenizerDefinition &definition,
                                        const TokenTable &table);

  /// Appends the tokens of `piece`, well-formed UTF-8, to `ids`. Fails at a
  /// character that has no token where there is none for unknown ones.
  MaybeFailure encode(std::string_view piece, std::vector<TokenId> &ids) const;

private:
  static constexpr uint32_t none = UINT32_MAX;

  /// A run of characters; they are linked from left to right.
  struct Symbol {
    uint32_t begin;
    uint32_t length; ///< 0 once it has been merged into the one before.
    uint32_t previous;
    uint32_t next;
    TokenId id; ///< `none` if it is no token.
  };
  /// A symbol that can be merged with the next one. It has become void if the
  /// two no longer have `length` bytes.
  struct Candidate {
    uint32_t rank;
    uint32_t left;
    uint32_t length;
    TokenId merged;

    /// For a heap, whose greatest element is the first.
    bool operator<(const Candidate &other) const {
      return rank != other.rank ? rank > other.rank : left > other.left;
    }
  };
  struct RankedToken {
    uint32_t rank;
    TokenId id;
  };
  struct HashPair {
    size_t operator()(uint64_t pair) const;
  };

  BytePairEncoder(const TokenizerDefinition &definition,
                  const TokenTable &table)
      : definition(definition), table(table) {}

  std::vector<Symbol> split(std::string_view piece) const;
  std::optional<RankedToken> findMerge(std::string_view piece,
                                       const Symbol &left,
                                       const Symbol &right) const;
  void merge(std::string_view piece, std::vector<Symbol> &symbols) const;
  MaybeFailure emit(std::string_view piece, const std::vector<Symbol> &symbols,
                    std::vector<TokenId> &ids) const;
  std::string nameOf(std::string_view character) const;
  bool emitBytes(std::string_view bytes, std::vector<TokenId> &ids) const;

  const TokenizerDefinition &definition;
  const TokenTable &table;
  /// For listed merges, by left << 32 | right.
  std::unordered_map<uint64_t, RankedToken, HashPair> pairs;
};

} // namespace smelt::runtime

#endif
