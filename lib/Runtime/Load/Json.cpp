//===- Json.cpp -------------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Json.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;
using namespace smelt;

static constexpr unsigned maxDepth = 64;
static constexpr size_t maxProblems = 20;

/// Whether arrays and objects lie within each other too deep for a parser that
/// calls itself.
static bool isTooDeep(StringRef text) {
  unsigned depth = 0;
  bool inString = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (inString) {
      if (c == '\\')
        ++i;
      else if (c == '"')
        inString = false;
      continue;
    }
    if (c == '"')
      inString = true;
    else if ((c == '[' || c == '{') && ++depth > maxDepth)
      return true;
    else if ((c == ']' || c == '}') && depth > 0)
      --depth;
  }
  return false;
}

Expected<json::Value> smelt::parseJson(StringRef contents) {
  if (isTooDeep(contents))
    return createStringError("values are nested more than " + Twine(maxDepth) +
                             " deep");
  Expected<json::Value> value = json::parse(contents);
  if (!value)
    return createStringError("malformed JSON: " + toString(value.takeError()));
  return value;
}

void JsonProblems::add(const Twine &problem) {
  std::string text = problem.str();
  if (is_contained(problems, text))
    return;
  if (problems.size() < maxProblems)
    problems.push_back(std::move(text));
  else
    ++others;
}

Error JsonProblems::takeError() const {
  if (problems.empty())
    return Error::success();
  std::string text = join(problems, "; ");
  if (others > 0)
    text += "; and " + std::to_string(others) + " more";
  return createStringError(text);
}

JsonNode::operator bool() const {
  return value && value->kind() != json::Value::Null;
}

JsonNode JsonNode::operator[](StringRef key) const {
  const json::Object *members = object();
  std::string path = name.empty() ? key.str() : (name + "." + key).str();
  return {members ? members->get(key) : nullptr, path, *problems};
}

std::string JsonNode::string(StringRef otherwise) const {
  if (!*this)
    return otherwise.str();
  if (std::optional<StringRef> text = value->getAsString())
    return text->str();
  report("must be a string");
  return otherwise.str();
}

bool JsonNode::boolean(bool otherwise) const {
  if (!*this)
    return otherwise;
  if (std::optional<bool> flag = value->getAsBoolean())
    return *flag;
  report("must be true or false");
  return otherwise;
}

std::optional<uint32_t> JsonNode::integer() const {
  if (!*this)
    return std::nullopt;
  std::optional<int64_t> number = value->getAsInteger();
  if (number && *number >= 0 && *number <= UINT32_MAX)
    return static_cast<uint32_t>(*number);
  report("must be an integer from 0 to 4294967295");
  return std::nullopt;
}

const json::Object *JsonNode::object() const {
  if (!*this)
    return nullptr;
  if (const json::Object *members = value->getAsObject())
    return members;
  report("must be an object");
  return nullptr;
}

const json::Array *JsonNode::array() const {
  if (!*this)
    return nullptr;
  if (const json::Array *items = value->getAsArray())
    return items;
  report("must be an array");
  return nullptr;
}

void JsonNode::forEach(function_ref<void(JsonNode)> visit) const {
  const json::Array *items = array();
  if (!items)
    return;
  for (auto [index, item] : enumerate(*items))
    visit({&item, name + "[" + std::to_string(index) + "]", *problems});
}

void JsonNode::allowKeys(ArrayRef<StringRef> known) const {
  const json::Object *members = object();
  if (!members)
    return;
  std::vector<std::string> unknown;
  for (const auto &member : *members)
    if (!is_contained(known, StringRef(member.first)))
      unknown.push_back(StringRef(member.first).str());
  llvm::sort(unknown);
  for (const std::string &key : unknown)
    (*this)[key].report("is not known");
}

void JsonNode::report(const Twine &problem) const {
  problems->add((name.empty() ? "the file" : name) + " " + problem);
}
