//===- PreTokenizer.cpp -----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Runtime/PreTokenizer.h"
#include "smelt/Runtime/ByteLevel.h"
#include "smelt/Runtime/Unicode.h"
#include "smelt/Runtime/Utf8.h"

namespace smelt::runtime {

/// From GPT-2's `encoder.py`.
static constexpr char gpt2Pattern[] =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

Result<PreTokenizer>
PreTokenizer::create(const std::vector<PreTokenizerStep> &steps) {
  using Kind = PreTokenizerStep::Kind;
  PreTokenizer preTokenizer;
  for (const PreTokenizerStep &step : steps) {
    preTokenizer.steps.push_back({step, {}});
    Pattern pattern = step.pattern;
    if (step.kind == Kind::ByteLevel && step.useRegex)
      pattern = {gpt2Pattern, /*isRegex=*/true};
    else if (step.kind == Kind::Metaspace)
      pattern = {step.replacement, /*isRegex=*/false};
    else if (step.kind != Kind::Split)
      continue;
    Result<Searcher> searcher = Searcher::create(pattern);
    if (!searcher)
      return searcher.failure();
    preTokenizer.steps.back().searcher = std::move(*searcher);
  }
  return preTokenizer;
}

/// Rewrites every piece: `rewrite` appends what the piece becomes.
template <typename Rewrite>
static void rewritePieces(Pieces &pieces, Rewrite rewrite) {
  Pieces rewritten;
  rewritten.text.reserve(pieces.text.size());
  for (Span span : pieces.spans) {
    size_t begin = rewritten.text.size();
    rewrite(span.of(pieces.text), rewritten.text);
    if (rewritten.text.size() > begin)
      rewritten.spans.push_back({begin, rewritten.text.size()});
  }
  pieces = std::move(rewritten);
}

/// Cuts every piece at the matches that `find` sets in it; it is given the
/// piece and returns a failure or nothing.
template <typename Find>
static MaybeFailure splitPieces(Pieces &pieces, SplitBehavior behavior,
                                bool invert, Find find) {
  std::vector<Span> spans, matches;
  for (Span piece : pieces.spans) {
    matches.clear();
    if (MaybeFailure failure = find(piece.of(pieces.text), matches))
      return failure;
    for (Span &match : matches) {
      match.begin += piece.begin;
      match.end += piece.begin;
    }
    splitAtMatches(piece, matches, behavior, invert, spans);
  }
  pieces.spans = std::move(spans);
  return std::nullopt;
}

static MaybeFailure splitAtCharacters(Pieces &pieces, SplitBehavior behavior,
                                      bool (*isMatch)(char32_t)) {
  auto find = [&](std::string_view piece,
                  std::vector<Span> &matches) -> MaybeFailure {
    for (size_t offset = 0; offset < piece.size();) {
      size_t begin = offset;
      if (isMatch(takeCharacter(piece, offset)))
        matches.push_back({begin, offset});
    }
    return std::nullopt;
  };
  return splitPieces(pieces, behavior, /*invert=*/false, find);
}

static MaybeFailure applyByteLevel(const PreTokenizerStep &step,
                                   const Searcher &searcher, Pieces &pieces) {
  if (step.addPrefixSpace)
    rewritePieces(pieces, [](std::string_view piece, std::string &text) {
      if (piece.front() != ' ')
        text += ' ';
      text += piece;
    });
  if (step.useRegex) {
    auto find = [&](std::string_view piece, std::vector<Span> &matches) {
      return searcher.findAll(piece, matches);
    };
    if (MaybeFailure failure = splitPieces(pieces, SplitBehavior::Isolated,
                                           /*invert=*/false, find))
      return failure;
  }
  rewritePieces(pieces, [](std::string_view piece, std::string &text) {
    appendByteLevel(text, piece);
  });
  return std::nullopt;
}

static MaybeFailure applyMetaspace(const PreTokenizerStep &step,
                                   const Searcher &searcher, Pieces &pieces,
                                   bool atStart) {
  bool first = atStart;
  auto rewrite = [&](std::string_view piece, std::string &text) {
    bool begins = piece.front() == ' ' ||
                  piece.substr(0, step.replacement.size()) == step.replacement;
    if (!begins && (step.prepend == PrependScheme::Always ||
                    (step.prepend == PrependScheme::First && first)))
      text += step.replacement;
    first = false;
    for (char c : piece)
      if (c == ' ')
        text += step.replacement;
      else
        text += c;
  };
  rewritePieces(pieces, rewrite);
  if (!step.split)
    return std::nullopt;
  auto find = [&](std::string_view piece, std::vector<Span> &matches) {
    return searcher.findAll(piece, matches);
  };
  return splitPieces(pieces, SplitBehavior::MergedWithNext, /*invert=*/false,
                     find);
}

MaybeFailure PreTokenizer::applyStep(const Step &step, Pieces &pieces,
                                     bool atStart) {
  using Kind = PreTokenizerStep::Kind;
  switch (step.step.kind) {
  case Kind::ByteLevel:
    return applyByteLevel(step.step, step.searcher, pieces);
  case Kind::Split: {
    auto find = [&](std::string_view piece, std::vector<Span> &matches) {
      return step.searcher.findAll(piece, matches);
    };
    return splitPieces(pieces, step.step.behavior, step.step.invert, find);
  }
  case Kind::Digits:
    return splitAtCharacters(pieces,
                             step.step.individual ? SplitBehavior::Isolated
                                                  : SplitBehavior::Contiguous,
                             isNumeric);
  case Kind::Metaspace:
    return applyMetaspace(step.step, step.searcher, pieces, atStart);
  case Kind::Punctuation:
    return splitAtCharacters(pieces, step.step.behavior, isPunctuation);
  }
  return std::nullopt;
}

Result<Pieces> PreTokenizer::apply(std::string text, bool atStart) const {
  Pieces pieces;
  if (!text.empty())
    pieces.spans.push_back({0, text.size()});
  pieces.text = std::move(text);
  for (const Step &step : steps)
    if (MaybeFailure failure = applyStep(step, pieces, atStart))
      return *failure;
  return pieces;
}

} // namespace smelt::runtime
