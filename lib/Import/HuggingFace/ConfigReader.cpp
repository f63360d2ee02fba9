//===- ConfigReader.cpp -----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConfigReader.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"
#include <cmath>

using namespace smelt::hf;
using namespace llvm;

std::string smelt::hf::describeValue(const json::Value &value) {
  if (value.kind() == json::Value::Object)
    return "an object";
  if (value.kind() == json::Value::Array)
    return "a list";
  std::string text;
  raw_string_ostream(text) << value;
  constexpr size_t maxLength = 60;
  if (text.size() > maxLength)
    text = text.substr(0, maxLength) + "...";
  return text;
}

const json::Value *ConfigReader::get(StringRef key) const {
  const json::Value *value = object.get(key);
  return value && value->kind() != json::Value::Null ? value : nullptr;
}

void ConfigReader::error(StringRef key, const Twine &message) const {
  report.error(file, "'" + prefix + key + "' " + message);
}

void ConfigReader::warning(StringRef key, const Twine &message) const {
  report.warning(file, "'" + prefix + key + "' " + message);
}

void ConfigReader::checkPresence(StringRef key) const {
  if (!has(key))
    error(key, "is missing");
}

std::optional<int64_t> ConfigReader::integer(StringRef key, int64_t min,
                                             int64_t max) const {
  const json::Value *value = get(key);
  if (!value)
    return std::nullopt;
  std::optional<int64_t> integer = value->getAsInteger();
  if (integer && *integer >= min && *integer <= max)
    return integer;
  error(key, "is " + describeValue(*value) + ", but must be an integer of " +
                 Twine(min) + " to " + Twine(max));
  return std::nullopt;
}

std::optional<double> ConfigReader::number(StringRef key, double min,
                                           double max) const {
  const json::Value *value = get(key);
  if (!value)
    return std::nullopt;
  std::optional<double> number = value->getAsNumber();
  if (number && *number >= min && *number <= max)
    return number;
  error(key, "is " + describeValue(*value) + ", but must be a number of " +
                 formatNumber(min) + " to " + formatNumber(max));
  return std::nullopt;
}

std::optional<bool> ConfigReader::boolean(StringRef key) const {
  const json::Value *value = get(key);
  if (!value)
    return std::nullopt;
  std::optional<bool> boolean = value->getAsBoolean();
  if (!boolean)
    error(key, "is " + describeValue(*value) + ", but must be true or false");
  return boolean;
}

std::optional<StringRef> ConfigReader::string(StringRef key) const {
  const json::Value *value = get(key);
  if (!value)
    return std::nullopt;
  std::optional<StringRef> string = value->getAsString();
  if (!string)
    error(key, "is " + describeValue(*value) + ", but must be a string");
  return string;
}

std::optional<ConfigReader> ConfigReader::child(StringRef key) const {
  const json::Value *value = get(key);
  if (!value)
    return std::nullopt;
  if (const json::Object *inner = value->getAsObject())
    return ConfigReader(*inner, file, report, prefix + key.str() + ".");
  error(key, "is " + describeValue(*value) + ", but must be an object");
  return std::nullopt;
}

std::optional<std::vector<std::string>>
ConfigReader::strings(StringRef key) const {
  const json::Value *value = get(key);
  if (!value)
    return std::nullopt;
  std::vector<std::string> result;
  const json::Array *array = value->getAsArray();
  bool isSound = array != nullptr;
  for (size_t i = 0; isSound && i < array->size(); ++i) {
    std::optional<StringRef> string = (*array)[i].getAsString();
    isSound = string.has_value();
    result.push_back(string.value_or("").str());
  }
  if (isSound)
    return result;
  error(key, "must be a list of strings");
  return std::nullopt;
}

std::optional<std::vector<int64_t>>
ConfigReader::integers(StringRef key, int64_t min, int64_t max) const {
  const json::Value *value = get(key);
  if (!value)
    return std::nullopt;
  std::vector<int64_t> result;
  auto add = [&](const json::Value &each) {
    std::optional<int64_t> integer = each.getAsInteger();
    if (!integer || *integer < min || *integer > max) {
      error(key, "has " + describeValue(each) +
                     ", but must be an integer or a "
                     "list of integers of " +
                     Twine(min) + " to " + Twine(max));
      return false;
    }
    result.push_back(*integer);
    return true;
  };
  const json::Array *array = value->getAsArray();
  if (!array)
    return add(*value) ? std::optional(result) : std::nullopt;
  for (const json::Value &each : *array)
    if (!add(each))
      return std::nullopt;
  return result;
}

std::optional<int64_t> ConfigReader::requiredInteger(StringRef key, int64_t min,
                                                     int64_t max) const {
  checkPresence(key);
  return integer(key, min, max);
}

std::optional<double> ConfigReader::requiredNumber(StringRef key, double min,
                                                   double max) const {
  checkPresence(key);
  return number(key, min, max);
}
