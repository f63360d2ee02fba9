//===- InputFiles.cpp -------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Support/InputFiles.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/FileSystem.h"

using namespace llvm;

Expected<std::unique_ptr<MemoryBuffer>>
smelt::readRegularFile(StringRef path, uint64_t maxBytes) {
  sys::fs::file_status status;
  if (std::error_code code = sys::fs::status(path, status))
    return createStringError("cannot read it: " + code.message());
  if (!sys::fs::is_regular_file(status))
    return createStringError("it is not a regular file");
  if (status.getSize() > maxBytes)
    return createStringError("it has " + Twine(status.getSize()) +
                             " bytes; at most " + Twine(maxBytes) +
                             " are read");
  auto buffer = MemoryBuffer::getFile(path, /*IsText=*/false,
                                      /*RequiresNullTerminator=*/false);
  if (!buffer)
    return createStringError("cannot read it: " + buffer.getError().message());
  return std::move(*buffer);
}

bool smelt::hasEntry(StringRef path) {
  sys::fs::file_status status;
  return sys::fs::status(path, status, /*follow=*/false) !=
         std::errc::no_such_file_or_directory;
}
