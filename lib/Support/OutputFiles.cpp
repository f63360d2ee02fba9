//===- OutputFiles.cpp ------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Support/OutputFiles.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Signals.h"

using namespace llvm;
using namespace smelt;

static Error cannotWrite(StringRef path, std::error_code code) {
  return createStringError(code,
                           "cannot write '" + path + "': " + code.message());
}

OutputFiles::~OutputFiles() {
  for (const File &file : files) {
    sys::fs::remove(file.temporary);
    sys::DontRemoveFileOnSignal(file.temporary);
  }
}

Expected<int> OutputFiles::create(StringRef path, bool isExecutable) {
  if (sys::fs::is_directory(path))
    return cannotWrite(path, std::make_error_code(std::errc::is_a_directory));
  int descriptor;
  SmallString<128> temporary;
  unsigned mode = sys::fs::all_read | sys::fs::owner_write;
  if (isExecutable)
    mode |= sys::fs::all_exe;
  if (std::error_code code = sys::fs::createUniqueFile(
          path + ".tmp-%%%%%%", descriptor, temporary, sys::fs::OF_None, mode))
    return cannotWrite(path, code);
  std::string ignored;
  sys::RemoveFileOnSignal(temporary, &ignored);
  files.push_back({path.str(), temporary.str().str()});
  return descriptor;
}

/// Whether something other than a regular file, such as a device, is there. It
/// cannot be replaced by renaming.
static bool isSpecial(StringRef path) {
  sys::fs::file_status status;
  return !sys::fs::status(path, status) && sys::fs::exists(status) &&
         !sys::fs::is_regular_file(status) && !sys::fs::is_directory(status);
}

static Expected<int> openSpecial(StringRef path) {
  int descriptor;
  if (std::error_code code =
          sys::fs::openFileForWrite(path, descriptor, sys::fs::CD_OpenExisting))
    return cannotWrite(path, code);
  return descriptor;
}

Error OutputFiles::add(StringRef path,
                       function_ref<Error(raw_pwrite_stream &)> write) {
  Expected<int> descriptor = isSpecial(path)
                                 ? openSpecial(path)
                                 : create(path, /*isExecutable=*/false);
  if (!descriptor)
    return descriptor.takeError();
  raw_fd_ostream stream(*descriptor, /*shouldClose=*/true);
  Error error = write(stream);
  stream.close();
  // An error that the stream still has when it is destroyed is fatal.
  std::error_code code = stream.error();
  stream.clear_error();
  if (error)
    return error;
  return code ? cannotWrite(path, code) : Error::success();
}

Error OutputFiles::add(StringRef path, StringRef contents) {
  return add(path, [&](raw_pwrite_stream &stream) {
    stream << contents;
    return Error::success();
  });
}

Expected<std::string> OutputFiles::addExternal(StringRef path) {
  if (isSpecial(path))
    return createStringError(inconvertibleErrorCode(),
                             "cannot write '" + path +
                                 "': it is not a regular file");
  Expected<int> descriptor = create(path, /*isExecutable=*/true);
  if (!descriptor)
    return descriptor.takeError();
  sys::fs::file_t file = sys::fs::convertFDToNativeFile(*descriptor);
  if (std::error_code code = sys::fs::closeFile(file))
    return cannotWrite(path, code);
  return files.back().temporary;
}

Error OutputFiles::commit() {
  while (!files.empty()) {
    const File &file = files.back();
    if (std::error_code code = sys::fs::rename(file.temporary, file.path))
      return cannotWrite(file.path, code);
    sys::DontRemoveFileOnSignal(file.temporary);
    files.pop_back();
  }
  return Error::success();
}
