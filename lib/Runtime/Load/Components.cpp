//===- Components.cpp -------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TokenizerJson.h"
#include "smelt/Runtime/Utf8.h"
#include "llvm/ADT/StringSwitch.h"

using namespace llvm;
using namespace smelt;
using namespace smelt::runtime;

static void reportType(JsonNode node) {
  node["type"].report("'" + node["type"].string() + "' is not supported");
}

/// A `Sequence` has its parts in `parts`.
static bool readSequence(JsonNode node, StringRef parts,
                         function_ref<void(JsonNode)> readPart) {
  if (node["type"].string() != "Sequence")
    return false;
  node.allowKeys({"type", parts});
  node[parts].forEach(readPart);
  return true;
}

static Pattern readPattern(JsonNode node) {
  Pattern pattern;
  node.allowKeys({"String", "Regex"});
  pattern.isRegex = static_cast<bool>(node["Regex"]);
  pattern.text = node[pattern.isRegex ? "Regex" : "String"].string();
  if (pattern.text.empty())
    node.report("must have a String or a Regex that is not empty");
  return pattern;
}

static SplitBehavior readBehavior(JsonNode node) {
  auto behavior =
      StringSwitch<std::optional<SplitBehavior>>(node.string("Isolated"))
          .Case("Removed", SplitBehavior::Removed)
          .Case("Isolated", SplitBehavior::Isolated)
          .Case("MergedWithPrevious", SplitBehavior::MergedWithPrevious)
          .Case("MergedWithNext", SplitBehavior::MergedWithNext)
          .Case("Contiguous", SplitBehavior::Contiguous)
          .Default(std::nullopt);
  if (!behavior)
    node.report("'" + node.string() + "' is not supported");
  return behavior.value_or(SplitBehavior::Isolated);
}

/// The settings that `Metaspace` has as a pre-tokenizer and as a decoder.
static PrependScheme readPrependScheme(JsonNode node) {
  JsonNode scheme = node["prepend_scheme"];
  auto value =
      StringSwitch<std::optional<PrependScheme>>(scheme.string("always"))
          .Case("always", PrependScheme::Always)
          .Case("first", PrependScheme::First)
          .Case("never", PrependScheme::Never)
          .Default(std::nullopt);
  if (!value)
    scheme.report("'" + scheme.string() + "' is not supported");
  // The older form of the same.
  if (!node["add_prefix_space"].boolean(true))
    return PrependScheme::Never;
  return value.value_or(PrependScheme::Always);
}

static std::string readCharacter(JsonNode node) {
  std::string text = node.string();
  if (text.empty() || characterLength(text, 0) != text.size())
    node.report("must be one character");
  return text;
}

void smelt::readNormalizer(JsonNode node, TokenizerDefinition &definition) {
  using Kind = NormalizerStep::Kind;
  if (!node || readSequence(node, "normalizers", [&](JsonNode part) {
        readNormalizer(part, definition);
      }))
    return;
  auto kind = StringSwitch<std::optional<Kind>>(node["type"].string())
                  .Case("Prepend", Kind::Prepend)
                  .Case("Replace", Kind::Replace)
                  .Case("NFC", Kind::NFC)
                  .Case("NFD", Kind::NFD)
                  .Case("NFKC", Kind::NFKC)
                  .Case("NFKD", Kind::NFKD)
                  .Case("Lowercase", Kind::Lowercase)
                  .Case("Strip", Kind::Strip)
                  .Default(std::nullopt);
  if (!kind)
    return reportType(node);
  NormalizerStep step;
  step.kind = *kind;
  if (kind == Kind::Prepend) {
    node.allowKeys({"type", "prepend"});
    step.content = node["prepend"].string();
  } else if (kind == Kind::Replace) {
    node.allowKeys({"type", "pattern", "content"});
    step.pattern = readPattern(node["pattern"]);
    step.content = node["content"].string();
  } else if (kind == Kind::Strip) {
    node.allowKeys({"type", "strip_left", "strip_right"});
    step.left = node["strip_left"].boolean(true);
    step.right = node["strip_right"].boolean(true);
  }
  definition.normalizer.push_back(std::move(step));
}

/// `Whitespace` and `WhitespaceSplit` are splits with a fixed pattern.
static bool readWhitespaceSplit(JsonNode node, PreTokenizerStep &step) {
  step.kind = PreTokenizerStep::Kind::Split;
  step.behavior = SplitBehavior::Removed;
  step.invert = node["type"].string() == "Whitespace";
  step.pattern = {step.invert ? "\\w+|[^\\w\\s]+" : "\\s+", /*isRegex=*/true};
  return step.invert || node["type"].string() == "WhitespaceSplit";
}

void smelt::readPreTokenizer(JsonNode node, TokenizerDefinition &definition) {
  using Kind = PreTokenizerStep::Kind;
  if (!node || readSequence(node, "pretokenizers", [&](JsonNode part) {
        readPreTokenizer(part, definition);
      }))
    return;
  PreTokenizerStep step;
  std::string type = node["type"].string();
  if (type == "ByteLevel") {
    node.allowKeys({"type", "add_prefix_space", "trim_offsets", "use_regex"});
    step.kind = Kind::ByteLevel;
    step.addPrefixSpace = node["add_prefix_space"].boolean();
    step.useRegex = node["use_regex"].boolean(true);
  } else if (type == "Split") {
    node.allowKeys({"type", "pattern", "behavior", "invert"});
    step.kind = Kind::Split;
    step.pattern = readPattern(node["pattern"]);
    step.behavior = readBehavior(node["behavior"]);
    step.invert = node["invert"].boolean();
  } else if (type == "Digits") {
    node.allowKeys({"type", "individual_digits"});
    step.kind = Kind::Digits;
    step.individual = node["individual_digits"].boolean();
  } else if (type == "Metaspace") {
    node.allowKeys({"type", "replacement", "str_rep", "add_prefix_space",
                    "prepend_scheme", "split"});
    step.kind = Kind::Metaspace;
    step.replacement = readCharacter(node["replacement"]);
    step.prepend = readPrependScheme(node);
    step.split = node["split"].boolean(true);
  } else if (type == "Punctuation") {
    node.allowKeys({"type", "behavior"});
    step.kind = Kind::Punctuation;
    step.behavior = readBehavior(node["behavior"]);
  } else if (!readWhitespaceSplit(node, step)) {
    return reportType(node);
  }
  definition.preTokenizer.push_back(std::move(step));
}

void smelt::readDecoder(JsonNode node, TokenizerDefinition &definition) {
  using Kind = DecoderStep::Kind;
  if (!node)
    return node.report("is missing");
  if (readSequence(node, "decoders",
                   [&](JsonNode part) { readDecoder(part, definition); }))
    return;
  DecoderStep step;
  std::string type = node["type"].string();
  if (type == "ByteLevel") {
    step.kind = Kind::ByteLevel;
  } else if (type == "Replace") {
    node.allowKeys({"type", "pattern", "content"});
    node["pattern"].allowKeys({"String"});
    step.kind = Kind::Replace;
    step.pattern = readPattern(node["pattern"]).text;
    step.content = node["content"].string();
  } else if (type == "ByteFallback") {
    step.kind = Kind::ByteFallback;
  } else if (type == "Fuse") {
    step.kind = Kind::Fuse;
  } else if (type == "Strip") {
    node.allowKeys({"type", "content", "start", "stop"});
    step.kind = Kind::Strip;
    step.content = readCharacter(node["content"]);
    step.start = node["start"].integer().value_or(0);
    step.stop = node["stop"].integer().value_or(0);
  } else if (type == "Metaspace") {
    step.kind = Kind::Metaspace;
    step.pattern = readCharacter(node["replacement"]);
    step.prepend = readPrependScheme(node);
  } else {
    return reportType(node);
  }
  definition.decoder.push_back(std::move(step));
}

/// Adds the special tokens that stand before the text.
static void readTemplate(JsonNode node, TokenizerDefinition &definition) {
  node.allowKeys({"type", "single", "pair", "special_tokens"});
  bool isBefore = true;
  unsigned texts = 0;
  node["single"].forEach([&](JsonNode item) {
    item.allowKeys({"SpecialToken", "Sequence"});
    if (item["Sequence"]) {
      isBefore = false;
      ++texts;
      return;
    }
    std::string name = item["SpecialToken"]["id"].string();
    JsonNode ids = node["special_tokens"][name]["ids"];
    if (!ids)
      item.report("'" + name + "' is not in special_tokens");
    // A token after the text would be for text that does not go on.
    ids.forEach([&](JsonNode id) {
      if (std::optional<uint32_t> value = id.integer(); value && isBefore)
        definition.prefix.push_back(*value);
    });
  });
  if (texts != 1)
    node["single"].report("must have the text once");
}

void smelt::readPostProcessor(JsonNode node, TokenizerDefinition &definition) {
  if (!node || readSequence(node, "processors", [&](JsonNode part) {
        readPostProcessor(part, definition);
      }))
    return;
  std::string type = node["type"].string();
  if (type == "TemplateProcessing")
    readTemplate(node, definition);
  else if (type != "ByteLevel")
    reportType(node);
}
