//===- ConfigReader.h -------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_LIB_IMPORT_HUGGINGFACE_CONFIGREADER_H
#define SMELT_LIB_IMPORT_HUGGINGFACE_CONFIGREADER_H

#include "smelt/Import/HuggingFace/Report.h"
#include "llvm/Support/JSON.h"
#include <optional>

namespace smelt::hf {

/// Reads the keys of an object of a config file. A key whose value is null is
/// absent, as transformers has it. A value that is of the wrong type or out of
/// range is reported, and then returned as nothing.
class ConfigReader {
public:
  /// `prefix` names the object in messages, such as "rope_scaling.".
  ConfigReader(const llvm::json::Object &object, llvm::StringRef file,
               Report &report, std::string prefix = "")
      : object(object), file(file), report(report), prefix(std::move(prefix)) {}

  bool has(llvm::StringRef key) const { return get(key) != nullptr; }
  std::optional<int64_t> integer(llvm::StringRef key, int64_t min,
                                 int64_t max) const;
  /// A number of `min` to `max`.
  std::optional<double> number(llvm::StringRef key, double min,
                               double max) const;
  std::optional<bool> boolean(llvm::StringRef key) const;
  std::optional<llvm::StringRef> string(llvm::StringRef key) const;
  /// A reader of the object under a key.
  std::optional<ConfigReader> child(llvm::StringRef key) const;
  /// The strings of a list.
  std::optional<std::vector<std::string>> strings(llvm::StringRef key) const;
  /// An integer or the integers of a list.
  std::optional<std::vector<int64_t>> integers(llvm::StringRef key, int64_t min,
                                               int64_t max) const;

  /// Like `integer` and `number`, but a key that is absent is reported.
  std::optional<int64_t> requiredInteger(llvm::StringRef key, int64_t min,
                                         int64_t max) const;
  std::optional<double> requiredNumber(llvm::StringRef key, double min,
                                       double max) const;

  void error(llvm::StringRef key, const llvm::Twine &message) const;
  void warning(llvm::StringRef key, const llvm::Twine &message) const;

  const llvm::json::Object &getObject() const { return object; }

private:
  const llvm::json::Value *get(llvm::StringRef key) const;
  void checkPresence(llvm::StringRef key) const;

  const llvm::json::Object &object;
  llvm::StringRef file;
  Report &report;
  std::string prefix;
};

/// "12", "\"text\"" or "an object": a value as it is named in messages.
std::string describeValue(const llvm::json::Value &value);

} // namespace smelt::hf

#endif
