//===- Programs.cpp ---------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Programs.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace smelt;

Error smelt::makeError(const Twine &message) {
  return createStringError(inconvertibleErrorCode(), message);
}

TemporaryFile::~TemporaryFile() {
  if (path.empty())
    return;
  sys::fs::remove(path);
  sys::DontRemoveFileOnSignal(path);
}

Error TemporaryFile::write(StringRef ending, StringRef contents) {
  int descriptor;
  if (std::error_code code =
          sys::fs::createTemporaryFile("smelt", ending, descriptor, path))
    return makeError("cannot write a temporary file: " + code.message());
  std::string ignored;
  sys::RemoveFileOnSignal(path, &ignored);
  raw_fd_ostream stream(descriptor, /*shouldClose=*/true);
  stream << contents;
  stream.close();
  std::error_code code = stream.error();
  stream.clear_error();
  return code ? makeError("cannot write '" + path + "': " + code.message())
              : Error::success();
}

std::optional<std::string> smelt::findProgram(ArrayRef<std::string> names) {
  for (const std::string &name : names)
    if (ErrorOr<std::string> path = sys::findProgramByName(name))
      return *path;
  return std::nullopt;
}

Error smelt::runProgram(StringRef program, ArrayRef<StringRef> arguments) {
  TemporaryFile messages;
  if (Error error = messages.write("txt", ""))
    return error;
  SmallVector<StringRef> all = {program};
  all.append(arguments.begin(), arguments.end());
  std::string problem;
  int status = sys::ExecuteAndWait(
      program, all, std::nullopt,
      {StringRef(""), StringRef(""), messages.getPath()}, 0, 0, &problem);
  if (status == 0)
    return Error::success();
  std::string said = problem;
  if (auto buffer = MemoryBuffer::getFile(messages.getPath()))
    said += (*buffer)->getBuffer().rtrim();
  return makeError("'" + program + "' failed: " + said);
}
