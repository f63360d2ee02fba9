//===- Json.cpp -------------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Json.h"
#include "llvm/ADT/StringSet.h"

using namespace smelt::hf;
using namespace llvm;

/// llvm::json recurses at each level, and holds each value in some 40 bytes.
static constexpr size_t maxDepth = 64;
static constexpr size_t maxValues = 4 << 20;
static constexpr size_t maxDuplicates = 16;

/// The index behind the string whose opening quote is at `begin`.
static size_t skipString(StringRef text, size_t begin) {
  size_t i = begin + 1;
  while (i < text.size() && text[i] != '"')
    i += text[i] == '\\' ? 2 : 1;
  return std::min(i + 1, text.size());
}

static Error checkSize(StringRef text) {
  size_t depth = 0, values = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    switch (text[i]) {
    case '"':
      i = skipString(text, i) - 1;
      break;
    case '{':
    case '[':
      ++values;
      if (++depth > maxDepth)
        return createStringError("JSON nested deeper than " + Twine(maxDepth) +
                                 " levels");
      break;
    case '}':
    case ']':
      depth -= depth != 0;
      break;
    case ',':
      ++values;
      break;
    default:
      break;
    }
    if (values > maxValues)
      return createStringError("JSON of more than " + Twine(maxValues) +
                               " values");
  }
  return Error::success();
}

/// The string that a quoted JSON string stands for.
static std::string decodeString(StringRef quoted) {
  if (!quoted.contains('\\'))
    return quoted.drop_front().drop_back().str();
  Expected<json::Value> value = json::parse(quoted);
  if (!value) {
    consumeError(value.takeError());
    return quoted.str();
  }
  return value->getAsString().value_or(quoted).str();
}

namespace {
/// An object or array that is open at the scanned position.
struct Scope {
  bool isObject = false;
  bool expectsKey = false;
  StringSet<> keys;
  std::string lastKey;
};
} // namespace

static std::string pathOf(ArrayRef<Scope> scopes) {
  std::string path;
  for (const Scope &scope : scopes)
    if (scope.isObject)
      path += (path.empty() ? "" : ".") + scope.lastKey;
  return path;
}

/// `text` must be well formed.
static std::vector<std::string> findDuplicateKeys(StringRef text) {
  std::vector<std::string> duplicates;
  std::vector<Scope> scopes;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '{' || c == '[') {
      scopes.emplace_back();
      scopes.back().isObject = scopes.back().expectsKey = c == '{';
    } else if ((c == '}' || c == ']') && !scopes.empty()) {
      scopes.pop_back();
    } else if (c == ',' && !scopes.empty()) {
      scopes.back().expectsKey = scopes.back().isObject;
    } else if (c == '"') {
      size_t end = skipString(text, i);
      if (!scopes.empty() && scopes.back().expectsKey) {
        Scope &scope = scopes.back();
        scope.expectsKey = false;
        scope.lastKey = decodeString(text.slice(i, end));
        if (!scope.keys.insert(scope.lastKey).second &&
            duplicates.size() < maxDuplicates)
          duplicates.push_back(pathOf(scopes));
      }
      i = end - 1;
    }
  }
  return duplicates;
}

Expected<JsonText> smelt::hf::parseJson(StringRef text) {
  if (Error error = checkSize(text))
    return std::move(error);
  Expected<json::Value> value = json::parse(text);
  if (!value)
    return createStringError("malformed JSON: " + toString(value.takeError()));
  return JsonText{std::move(*value), findDuplicateKeys(text)};
}
