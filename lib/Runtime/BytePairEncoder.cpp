//===- BytePairEncoder.cpp --------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Runtime/BytePairEncoder.h"
#include "smelt/Runtime/ByteLevel.h"
#include "smelt/Runtime/Utf8.h"
#include <queue>

namespace smelt::runtime {

/// The finalizer of SplitMix64.
size_t BytePairEncoder::HashPair::operator()(uint64_t pair) const {
  pair = (pair ^ pair >> 30) * 0xBF58476D1CE4E5B9;
  pair = (pair ^ pair >> 27) * 0x94D049BB133111EB;
  return static_cast<size_t>(pair ^ pair >> 31);
}

Result<BytePairEncoder>
BytePairEncoder::create(const TokenizerDefinition &definition,
                        const TokenTable &table) {
  BytePairEncoder encoder(definition, table);
  encoder.pairs.reserve(definition.merges.size());
  uint32_t rank = 0;
  for (Merge merge : definition.merges) {
    std::string text =
        definition.tokens[merge.left] + definition.tokens[merge.right];
    std::optional<TokenId> id = table.find(text);
    if (!id)
      return Failure{"merge " + std::to_string(rank) + " makes '" + text +
                     "', which is not in the vocabulary"};
    encoder.pairs.emplace(uint64_t(merge.left) << 32 | merge.right,
                          RankedToken{rank, *id});
    ++rank;
  }
  return encoder;
}

std::vector<BytePairEncoder::Symbol>
BytePairEncoder::split(std::string_view piece) const {
  std::vector<Symbol> symbols;
  for (size_t offset = 0; offset < piece.size();) {
    size_t length = characterLength(piece, offset);
    uint32_t index = static_cast<uint32_t>(symbols.size());
    symbols.push_back(
        {static_cast<uint32_t>(offset), static_cast<uint32_t>(length),
         index == 0 ? none : index - 1, index + 1,
         table.findInModel(piece.substr(offset, length)).value_or(none)});
    offset += length;
  }
  if (!symbols.empty())
    symbols.back().next = none;
  return symbols;
}

std::optional<BytePairEncoder::RankedToken>
BytePairEncoder::findMerge(std::string_view piece, const Symbol &left,
                           const Symbol &right) const {
  if (definition.rule == MergeRule::Listed) {
    if (left.id == none || right.id == none)
      return std::nullopt;
    auto found = pairs.find(uint64_t(left.id) << 32 | right.id);
    if (found == pairs.end())
      return std::nullopt;
    return found->second;
  }
  std::optional<TokenId> id =
      table.findInModel(piece.substr(left.begin, left.length + right.length));
  if (!id)
    return std::nullopt;
  return RankedToken{definition.ranks[*id], *id};
}

void BytePairEncoder::merge(std::string_view piece,
                            std::vector<Symbol> &symbols) const {
  std::priority_queue<Candidate> candidates;
  auto propose = [&](uint32_t index) {
    if (index == none || symbols[index].next == none)
      return;
    const Symbol &left = symbols[index], &right = symbols[left.next];
    if (std::optional<RankedToken> merged = findMerge(piece, left, right))
      candidates.push(
          {merged->rank, index, left.length + right.length, merged->id});
  };
  for (uint32_t index = 0; index < symbols.size(); ++index)
    propose(index);

  while (!candidates.empty()) {
    Candidate best = candidates.top();
    candidates.pop();
    Symbol &left = symbols[best.left];
    if (left.length == 0 || left.next == none)
      continue;
    Symbol &right = symbols[left.next];
    if (left.length + right.length != best.length)
      continue;
    left.length = best.length;
    left.id = best.merged;
    left.next = right.next;
    right.length = 0;
    if (left.next != none)
      symbols[left.next].previous = best.left;
    propose(left.previous);
    propose(best.left);
  }
}

bool BytePairEncoder::emitBytes(std::string_view bytes,
                                std::vector<TokenId> &ids) const {
  if (!definition.byteFallback)
    return false;
  size_t size = ids.size();
  for (char byte : bytes) {
    auto id = table.findByte(static_cast<unsigned char>(byte));
    if (!id) {
      ids.resize(size);
      return false;
    }
    ids.push_back(*id);
  }
  return true;
}

/// A character as a user knows it: as the byte where it stands for one.
std::string BytePairEncoder::nameOf(std::string_view character) const {
  bool isByteLevel = false;
  for (const PreTokenizerStep &step : definition.preTokenizer)
    isByteLevel |= step.kind == PreTokenizerStep::Kind::ByteLevel;
  size_t offset = 0;
  std::optional<unsigned char> byte =
      byteOfCharacter(takeCharacter(character, offset));
  if (isByteLevel && byte)
    return "the byte " + tokenOfByte(*byte).substr(1, 4);
  return "'" + std::string(character) + "'";
}

MaybeFailure BytePairEncoder::emit(std::string_view piece,
                                   const std::vector<Symbol> &symbols,
                                   std::vector<TokenId> &ids) const {
  bool afterUnknown = false;
  for (const Symbol &symbol : symbols) {
    if (symbol.length == 0)
      continue;
    std::string_view text = piece.substr(symbol.begin, symbol.length);
    if (symbol.id != none || emitBytes(text, ids)) {
      if (symbol.id != none)
        ids.push_back(symbol.id);
      afterUnknown = false;
      continue;
    }
    if (!definition.unknown)
      return Failure{"the vocabulary has no token for " + nameOf(text)};
    if (!afterUnknown || !definition.fuseUnknown)
      ids.push_back(*definition.unknown);
    afterUnknown = true;
  }
  return std::nullopt;
}

MaybeFailure BytePairEncoder::encode(std::string_view piece,
                                     std::vector<TokenId> &ids) const {
  if (definition.wholePieces)
    if (std::optional<TokenId> whole = table.findInModel(piece)) {
      ids.push_back(*whole);
      return std::nullopt;
    }
  std::vector<Symbol> symbols = split(piece);
  merge(piece, symbols);
  return emit(piece, symbols, ids);
}

} // namespace smelt::runtime
