//===- WebAssemblyLinker.cpp ------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Target/LLVM/WebAssemblyLinker.h"
#include "Programs.h"
#include "llvm/Support/LEB128.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include <list>

using namespace llvm;
using namespace smelt;

/// A custom section: its number, its size, its name and its contents.
static std::string makeCustomSection(StringRef name, StringRef contents) {
  std::string body, section;
  raw_string_ostream bodyStream(body), sectionStream(section);
  encodeULEB128(name.size(), bodyStream);
  bodyStream << name << contents;
  sectionStream << '\0';
  encodeULEB128(body.size(), sectionStream);
  sectionStream << body;
  return section;
}

Expected<std::string> smelt::linkWebAssembly(const WebAssemblyJob &job,
                                             StringRef path) {
  std::optional<std::string> linker = findProgram({"wasm-ld-19", "wasm-ld"});
  if (!linker)
    return makeError("no linker found that can make '" + path +
                     "': wasm-ld is missing; install lld-19");
  std::list<TemporaryFile> inputs;
  TemporaryFile output;
  if (Error error = output.write("wasm", ""))
    return error;
  // Frames of 100 KiB occur. With the stack first, one that overflows leaves
  // memory, which is an error.
  std::vector<std::string> arguments = {
      "--no-entry",          "--stack-first", "-z",
      "stack-size=1048576",  "--strip-all",   "-o",
      output.getPath().str()};
  for (const std::string &name : job.exports)
    arguments.push_back("--export=" + name);
  for (StringRef object : job.objects) {
    if (Error error = inputs.emplace_back().write("o", object))
      return error;
    arguments.push_back(inputs.back().getPath().str());
  }
  if (Error error = runProgram(
          *linker, SmallVector<StringRef>(arguments.begin(), arguments.end())))
    return error;
  ErrorOr<std::unique_ptr<MemoryBuffer>> linked =
      MemoryBuffer::getFile(output.getPath());
  if (!linked)
    return makeError("cannot read '" + output.getPath() +
                     "': " + linked.getError().message());
  return (*linked)->getBuffer().str() +
         makeCustomSection("smelt", job.description);
}
