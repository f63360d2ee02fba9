//===- Json.h ---------------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_LIB_RUNTIME_LOAD_JSON_H
#define SMELT_LIB_RUNTIME_LOAD_JSON_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/JSON.h"
#include <optional>
#include <string>
#include <vector>

namespace smelt {

/// Parses JSON that may come from anyone: nesting is limited.
llvm::Expected<llvm::json::Value> parseJson(llvm::StringRef contents);

/// What is wrong with a JSON text. The first twenty are reported together.
class JsonProblems {
public:
  void add(const llvm::Twine &problem);
  bool empty() const { return problems.empty(); }
  llvm::Error takeError() const;

private:
  std::vector<std::string> problems;
  size_t others = 0;
};

/// A value of a JSON text, which knows its name. Reading one that is of
/// another type is noted as a problem and gives the default; one that is
/// missing or null gives the default.
class JsonNode {
public:
  JsonNode(const llvm::json::Value *value, std::string name,
           JsonProblems &problems)
      : value(value), name(std::move(name)), problems(&problems) {}

  /// Whether there is a value that is not null.
  explicit operator bool() const;
  llvm::StringRef getName() const { return name; }

  JsonNode operator[](llvm::StringRef key) const;
  std::string string(llvm::StringRef otherwise = "") const;
  bool boolean(bool otherwise = false) const;
  /// An integer from 0 to 2^32 - 1.
  std::optional<uint32_t> integer() const;
  const llvm::json::Object *object() const;
  const llvm::json::Array *array() const;
  void forEach(llvm::function_ref<void(JsonNode)> visit) const;

  /// Notes each key of the object that is not in `known`.
  void allowKeys(llvm::ArrayRef<llvm::StringRef> known) const;
  /// Notes `problem` of this value.
  void report(const llvm::Twine &problem) const;

private:
  const llvm::json::Value *value;
  std::string name;
  JsonProblems *problems;
};

} // namespace smelt

#endif
