//===- Json.h ---------------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_LIB_IMPORT_HUGGINGFACE_JSON_H
#define SMELT_LIB_IMPORT_HUGGINGFACE_JSON_H

#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"
#include <string>
#include <vector>

namespace smelt::hf {

/// A parsed JSON text and the keys that stand more than once in an object of
/// it, as paths such as `quantization_config.quant_method`. The last value of
/// such a key counts, as in Python.
struct JsonText {
  llvm::json::Value value = nullptr;
  std::vector<std::string> duplicates;
};

/// Parses untrusted JSON. Texts that are not UTF-8, nested deeper than 64, or
/// of more than four million values are refused.
llvm::Expected<JsonText> parseJson(llvm::StringRef text);

} // namespace smelt::hf

#endif
