//===- Suggestion.h ---------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_SUPPORT_SUGGESTION_H
#define SMELT_SUPPORT_SUGGESTION_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <string>

namespace smelt {

/// "; did you mean 'X'?" for the candidate that `given` is most likely a
/// misspelling of, or nothing.
std::string suggest(llvm::StringRef given,
                    llvm::ArrayRef<llvm::StringRef> candidates);

} // namespace smelt

#endif
