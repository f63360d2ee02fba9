//===- Linker.cpp -----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Target/LLVM/Linker.h"
#include "Programs.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"
#include "llvm/TargetParser/Host.h"

using namespace llvm;
using namespace smelt;

/// The prefix of a cross compiler's name, such as `aarch64-linux-gnu`.
static std::string gnuPrefix(const Triple &triple) {
  std::string prefix =
      (triple.getArch() == Triple::arm || triple.getArch() == Triple::thumb
           ? "arm"
           : triple.getArchName().str());
  if (triple.getOS() == Triple::Linux)
    return prefix + "-linux-" + triple.getEnvironmentName().str();
  return prefix + "-" + triple.getOSAndEnvironmentName().str();
}

static bool isHost(const Triple &triple) {
  Triple host(sys::getProcessTriple());
  return triple.getArch() == host.getArch() && triple.getOS() == host.getOS();
}

Error smelt::linkSharedLibrary(StringRef object, StringRef path,
                               const Triple &triple, OutputFiles &files) {
  SmallVector<std::string> names = {"ld.lld-19", "ld.lld"};
  names.push_back(isHost(triple) ? "ld" : gnuPrefix(triple) + "-ld");
  std::optional<std::string> linker = findProgram(names);
  if (!linker)
    return makeError("no linker found that can make '" + path +
                     "'; install lld-19");
  TemporaryFile input;
  if (Error error = input.write("o", object))
    return error;
  Expected<std::string> output = files.addExternal(path);
  if (!output)
    return output.takeError();
  std::string name = ("-soname=" + sys::path::filename(path)).str();
  return runProgram(*linker, {"-shared", "-z", "noexecstack", name, "-o",
                              *output, input.getPath()});
}

static Expected<std::string> findCompiler(StringRef path,
                                          const Triple &triple) {
  SmallVector<std::string> names;
  if (isHost(triple))
    names = {"cc", "gcc", "clang-19", "clang"};
  else
    names = {gnuPrefix(triple) + "-gcc"};
  if (std::optional<std::string> compiler = findProgram(names))
    return *compiler;
  return makeError("no C compiler found that can make '" + path +
                   "' for target '" + triple.str() + "'; install " +
                   (isHost(triple) ? "gcc" : "gcc-" + gnuPrefix(triple)));
}

/// A linker's version script that keeps all names but these in the library.
static std::string makeVersionScript(ArrayRef<std::string> exports) {
  return "{ global: " + join(exports, "; ") + "; local: *; };\n";
}

Error smelt::linkWithCompiler(const LinkJob &job, StringRef path,
                              const Triple &triple, OutputFiles &files) {
  Expected<std::string> compiler = findCompiler(path, triple);
  if (!compiler)
    return compiler.takeError();
  TemporaryFile program, code, script;
  if (Error error = program.write("c", job.source))
    return error;
  if (Error error = code.write("o", job.object))
    return error;
  Expected<std::string> output = files.addExternal(path);
  if (!output)
    return output.takeError();
  SmallVector<StringRef> arguments = {
      "-std=c99", "-O2", "-o", *output, program.getPath(), code.getPath()};
  std::string scriptOption;
  if (!job.exports.empty()) {
    if (Error error = script.write("map", makeVersionScript(job.exports)))
      return error;
    scriptOption = ("-Wl,--version-script=" + script.getPath()).str();
    llvm::append_values(arguments, "-shared", "-fPIC", scriptOption);
  }
  llvm::append_range(arguments, job.options);
  return runProgram(*compiler, arguments);
}
