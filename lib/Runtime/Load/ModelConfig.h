//===- ModelConfig.h --------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_LIB_RUNTIME_LOAD_MODELCONFIG_H
#define SMELT_LIB_RUNTIME_LOAD_MODELCONFIG_H

#include "smelt/Runtime/TokenizerDefinition.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace smelt {

/// What the files beside a vocabulary say about a model's text.
struct ModelConfig {
  std::string modelType;
  std::vector<runtime::TokenId> endTokens;
  /// The texts of the tokens, where they are given so.
  std::string beginText;
  std::string endText;
  std::optional<bool> addsBegin;
  std::string chatTemplate;

  /// Reads `config.json` or `generation_config.json`.
  llvm::Error readConfig(llvm::StringRef contents);
  llvm::Error readTokenizerConfig(llvm::StringRef contents);

  /// Adds it to `definition`. A chat template that is not known leaves the
  /// definition without a chat format.
  llvm::Error apply(runtime::TokenizerDefinition &definition) const;
};

} // namespace smelt

#endif
