//===- TokenDecoder.cpp -----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Runtime/TokenDecoder.h"
#include "smelt/Runtime/ByteLevel.h"
#include "smelt/Runtime/Utf8.h"

namespace smelt::runtime {

using Kind = DecoderStep::Kind;

StreamDecoder::StreamDecoder(const TokenizerDefinition &definition,
                             DecodeOptions options)
    : definition(definition), options(options),
      isSpecial(definition.tokens.size(), false), isFirst(options.atStart) {
  for (const AddedToken &added : definition.addedTokens)
    if (added.special)
      isSpecial[added.id] = true;
  bool isFused = false;
  for (const DecoderStep &step : definition.decoder) {
    isFused |= step.kind == Kind::Fuse;
    if (isFused && step.kind == Kind::Strip && options.atStart) {
      stripsLeft = step.start;
      stripped = step.content;
    }
  }
}

static std::string replaceAll(std::string_view text, std::string_view pattern,
                              std::string_view content) {
  std::string replaced;
  size_t end = 0;
  for (size_t begin = text.find(pattern); begin != std::string_view::npos;
       begin = text.find(pattern, end)) {
    replaced += text.substr(end, begin - end);
    replaced += content;
    end = begin + pattern.size();
  }
  replaced += text.substr(end);
  return replaced;
}

/// The bytes that a token of a byte-level vocabulary stands for. One that has
/// a character of no byte, such as an added token, stands for itself.
static std::string fromByteLevel(std::string_view text) {
  std::string bytes;
  for (size_t offset = 0; offset < text.size();) {
    std::optional<unsigned char> byte =
        byteOfCharacter(takeCharacter(text, offset));
    if (!byte)
      return std::string(text);
    bytes += static_cast<char>(*byte);
  }
  return bytes;
}

static std::string strip(std::string_view text, const DecoderStep &step) {
  std::string_view content = step.content;
  for (uint32_t i = 0; i < step.start; ++i)
    if (text.substr(0, content.size()) == content)
      text.remove_prefix(content.size());
    else
      break;
  for (uint32_t i = 0; i < step.stop; ++i)
    if (text.size() >= content.size() &&
        text.substr(text.size() - content.size()) == content)
      text.remove_suffix(content.size());
    else
      break;
  return std::string(text);
}

std::string StreamDecoder::decodeToken(std::string_view token) const {
  std::string text(token);
  for (const DecoderStep &step : definition.decoder) {
    switch (step.kind) {
    case Kind::ByteLevel:
      text = fromByteLevel(text);
      break;
    case Kind::Replace:
      text = replaceAll(text, step.pattern, step.content);
      break;
    case Kind::ByteFallback:
      if (std::optional<unsigned char> byte = byteOfToken(text))
        text = std::string(1, static_cast<char>(*byte));
      break;
    case Kind::Strip:
      text = strip(text, step);
      break;
    case Kind::Metaspace: {
      bool drops = isFirst && step.prepend != PrependScheme::Never;
      text = replaceAll(text, step.pattern, drops ? "" : " ");
      break;
    }
    case Kind::Fuse:
      return text;
    }
  }
  return text;
}

/// Passes on the first `length` bytes of `pending`.
void StreamDecoder::emit(size_t length, std::string &text) {
  std::string_view complete(pending.data(), length);
  while (stripsLeft > 0 && !complete.empty()) {
    if (complete.substr(0, stripped.size()) != stripped) {
      stripsLeft = 0;
      break;
    }
    complete.remove_prefix(stripped.size());
    --stripsLeft;
  }
  text += complete;
  pending.erase(0, length);
}

void StreamDecoder::push(TokenId id, std::string &text) {
  if (id >= definition.tokens.size() ||
      (options.skipSpecial && isSpecial[id]) || definition.tokens[id].empty())
    return;
  pending += decodeToken(definition.tokens[id]);
  isFirst = false;
  emit(pending.size() - incompleteTailLength(pending), text);
}

void StreamDecoder::finish(std::string &text) { emit(pending.size(), text); }

std::string decode(const TokenizerDefinition &definition,
                   const std::vector<TokenId> &ids, DecodeOptions options) {
  StreamDecoder decoder(definition, options);
  std::string text;
  for (TokenId id : ids)
    decoder.push(id, text);
  decoder.finish(text);
  return text;
}

} // namespace smelt::runtime
