//===- Session.h ------------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_RUNTIME_SESSION_H
#define SMELT_RUNTIME_SESSION_H

#include "smelt/Runtime/CompiledModel.h"

namespace smelt::runtime {

/// A sequence of tokens that a compiled model reads. What it remembers of them
/// is in memory of the caller, which may be copied.
class Session {
public:
  /// The bytes of the memory, which must be aligned to 64.
  static size_t getMemorySize(const CompiledModel &model);

  /// Goes on with what is in the memory; `reset` makes it a new sequence.
  /// Without blocks of tokens there is no `prefill`.
  Session(const CompiledModel &model, void *memory)
      : model(model), memory(static_cast<char *>(memory)) {}

  void reset();

  /// The tokens read.
  int64_t getPosition() const;
  /// The tokens that there is room for.
  int64_t getRoom() const { return model.context_length - getPosition(); }

  /// Reads at most `getRoom()` tokens, all of which the model must know.
  void read(const int32_t *tokens, int64_t count);

  /// The drafts that `readAhead` takes at most.
  int64_t getDraftRoom() const;

  /// Reads one token as `read` does and, as far as there is room for them,
  /// works out what comes after drafts of the next ones. Tokens that are read
  /// next and are as in the drafts then cost nothing.
  void readAhead(int32_t token, const int32_t *drafts, int64_t count);

  /// Whether to read this token next costs nothing.
  bool isReadAhead(int32_t token) const;

  /// What comes after the last token: `vocabulary_size` numbers.
  const int32_t *getLogits() const;

  const CompiledModel &getModel() const { return model; }

private:
  struct Header;

  int64_t readBlock(const int32_t *tokens, int64_t count);
  Header &getHeader() const;
  int8_t *getCache() const;
  int32_t *getRows() const;

  const CompiledModel &model;
  char *memory;
};

} // namespace smelt::runtime

#endif
