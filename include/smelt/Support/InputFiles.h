//===- InputFiles.h ---------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_SUPPORT_INPUTFILES_H
#define SMELT_SUPPORT_INPUTFILES_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"
#include <memory>

namespace smelt {

/// The contents of a regular file of at most `maxBytes`. Others are refused: a
/// pipe or a device may never end. The error does not name the file.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
readRegularFile(llvm::StringRef path, uint64_t maxBytes = UINT64_MAX);

/// Whether a folder has this entry, be it a link that leads nowhere, or may
/// have it and cannot be searched; `readRegularFile` then reports that.
bool hasEntry(llvm::StringRef path);

} // namespace smelt

#endif
