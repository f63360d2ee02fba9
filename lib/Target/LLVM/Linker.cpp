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

/// The prefix of a cross compiler's name, such as `arm-linux-gnueabihf`.
static std::string gnuPrefix(const Triple &triple) {
  StringRef environment = triple.getEnvironmentName();
  std::string end = (environment.empty() ? "gnu" : environment).str();
  switch (triple.getArch()) {
  case Triple::arm:
  case Triple::thumb:
    return "arm-linux-" + end;
  case Triple::x86:
    return "i686-linux-" + end;
  default:
    return (Triple::getArchTypeName(triple.getArch()) + "-linux-" + end).str();
  }
}

/// The name of Debian's port for a target; none if it is not known here.
static StringRef debianPort(const Triple &triple) {
  if (triple.hasEnvironment() && !triple.isGNUEnvironment())
    return "";
  switch (triple.getArch()) {
  case Triple::aarch64:
    return "arm64";
  case Triple::arm:
  case Triple::thumb:
    return triple.getEnvironment() == Triple::GNUEABIHF ? "armhf" : "armel";
  case Triple::riscv64:
    return "riscv64";
  case Triple::systemz:
    return "s390x";
  case Triple::ppc64:
    return "ppc64";
  case Triple::ppc64le:
    return "ppc64el";
  case Triple::x86_64:
    return "amd64";
  default:
    return "";
  }
}

/// The Debian packages of the C compiler for a target, and of what it needs.
static std::string compilerPackages(const Triple &triple) {
  std::string compiler = "gcc-" + gnuPrefix(triple);
  std::replace(compiler.begin(), compiler.end(), '_', '-');
  StringRef port = debianPort(triple);
  return port.empty() ? compiler
                      : compiler + " and libc6-dev-" + port.str() + "-cross";
}

static bool isHost(const Triple &triple) {
  Triple host(sys::getProcessTriple());
  return triple.getArch() == host.getArch() && triple.getOS() == host.getOS();
}

static Expected<std::string> findLinker(const Triple &triple) {
  SmallVector<std::string> names = {"ld.lld-19", "ld.lld"};
  names.insert(isHost(triple) ? names.end() : names.begin(),
               isHost(triple) ? "ld" : gnuPrefix(triple) + "-ld");
  if (std::optional<std::string> linker = findProgram(names))
    return *linker;
  return makeError("no linker is found that makes shared libraries for '" +
                   triple.str() + "'; install lld-19");
}

static Expected<std::string> findCompiler(const Triple &triple) {
  SmallVector<std::string> names;
  if (isHost(triple))
    names = {"cc", "gcc", "clang-19", "clang"};
  else
    names = {gnuPrefix(triple) + "-gcc"};
  if (std::optional<std::string> compiler = findProgram(names))
    return *compiler;
  return makeError("no C compiler is found that links programs for '" +
                   triple.str() + "'; install " +
                   (isHost(triple) ? "gcc" : compilerPackages(triple)));
}

/// Why nothing is linked for a target that has no Linux.
static Error refuseTarget(LinkedKind kind, const Triple &triple) {
  bool isLibrary = kind == LinkedKind::SharedLibrary;
  bool isBare = triple.getOS() == Triple::UnknownOS;
  StringRef advice =
      !isBare     ? "make an object (.o) or C (.c), and link it there"
      : isLibrary ? "make an object (.o), a static library (.a) or C (.c)"
      : triple.isWasm()
          ? "make a module (.wasm), an object (.o) or C (.c)"
          : "make an object (.o), a static library (.a) or C (.c), "
            "and link it with the start-up code and memory map of "
            "your board";
  return makeError(Twine(isLibrary ? "shared libraries" : "programs") +
                   " are not made for '" + triple.str() + "'; " + advice);
}

Error smelt::checkLinking(LinkedKind kind, const Triple &triple) {
  if (!isHost(triple) && kind == LinkedKind::TextProgram)
    return makeError("programs that generate text are made for this machine "
                     "only; make an object (.o), a library (.so, .a) or C (.c) "
                     "of the model");
  if (!isHost(triple) && !triple.isOSLinux())
    return refuseTarget(kind, triple);
  Expected<std::string> program = kind == LinkedKind::SharedLibrary
                                      ? findLinker(triple)
                                      : findCompiler(triple);
  return program ? Error::success() : program.takeError();
}

Error smelt::linkSharedLibrary(StringRef object, StringRef path,
                               const Triple &triple, OutputFiles &files) {
  Expected<std::string> linker = findLinker(triple);
  if (!linker)
    return linker.takeError();
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

/// A linker's version script that keeps all names but these in the library.
static std::string makeVersionScript(ArrayRef<std::string> exports) {
  return "{ global: " + join(exports, "; ") + "; local: *; };\n";
}

Error smelt::linkWithCompiler(const LinkJob &job, StringRef path,
                              const Triple &triple, OutputFiles &files) {
  Expected<std::string> compiler = findCompiler(triple);
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
  } else if (!isHost(triple)) {
    // Which libraries its machine has is not known here.
    arguments.push_back("-static");
  }
  llvm::append_range(arguments, job.options);
  return runProgram(*compiler, arguments);
}
