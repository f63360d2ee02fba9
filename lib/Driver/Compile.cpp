//===- Compile.cpp ----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Driver/Budget.h"
#include "smelt/Driver/Commands.h"
#include "smelt/Driver/Diagnostics.h"
#include "smelt/Driver/MainProgram.h"
#include "smelt/Driver/Network.h"
#include "smelt/Driver/TextProgram.h"
#include "smelt/Driver/WebAssembly.h"
#include "smelt/Support/OutputFiles.h"
#include "smelt/Target/C/CEmitter.h"
#include "smelt/Target/LLVM/Emission.h"
#include "smelt/Target/LLVM/Linker.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using namespace smelt;

namespace {
enum class OutputKind {
  C,
  Object,
  Archive,
  SharedLibrary,
  WebAssembly,
  Assembly,
  LLVMIR,
  MLIR,
  Executable
};
} // namespace

static std::optional<OutputKind> findOutputKind(StringRef path) {
  return llvm::StringSwitch<std::optional<OutputKind>>(
             llvm::sys::path::extension(path))
      .Case(".c", OutputKind::C)
      .Case(".o", OutputKind::Object)
      .Case(".a", OutputKind::Archive)
      .Case(".so", OutputKind::SharedLibrary)
      .Case(".wasm", OutputKind::WebAssembly)
      .Case(".s", OutputKind::Assembly)
      .Case(".ll", OutputKind::LLVMIR)
      .Case(".mlir", OutputKind::MLIR)
      .Case("", OutputKind::Executable)
      .Default(std::nullopt);
}

LogicalResult smelt::writeMLIR(ModuleOp module, StringRef path) {
  if (path.empty() || path == "-") {
    module->print(llvm::outs());
    llvm::outs() << "\n";
    return success();
  }
  OutputFiles files;
  llvm::Error error = files.add(path, [&](llvm::raw_pwrite_stream &stream) {
    module->print(stream);
    stream << "\n";
    return llvm::Error::success();
  });
  if (!error)
    error = files.commit();
  return error ? reportError("", std::move(error)) : success();
}

static NativeKind nativeKind(OutputKind kind) {
  switch (kind) {
  case OutputKind::Assembly:
    return NativeKind::Assembly;
  case OutputKind::LLVMIR:
    return NativeKind::LLVMIR;
  case OutputKind::Archive:
    return NativeKind::Archive;
  default:
    return NativeKind::Object;
  }
}

static LogicalResult writeNative(Network &network, OutputKind kind,
                                 const CompileOptions &options,
                                 llvm::TargetMachine &machine) {
  if (failed(network.advanceTo(Stage::LLVM)))
    return failure();
  SmallVector<char, 0> code;
  std::string member = makeSymbolName(options.model.path) + ".o";
  if (failed(emitNative(network.getModule(), nativeKind(kind), machine, member,
                        code, {options.placement})))
    return failure();
  OutputFiles files;
  llvm::Error error =
      kind == OutputKind::SharedLibrary
          ? linkSharedLibrary({code.data(), code.size()}, options.output,
                              machine.getTargetTriple(), files)
          : files.add(options.output, {code.data(), code.size()});
  if (!error)
    error = files.commit();
  return error ? reportError("", std::move(error)) : success();
}

/// Writes the source, the header beside it, and the weights, where they are
/// kept apart.
static LogicalResult writeC(Network &network, const CompileOptions &options) {
  if (failed(network.advanceTo(Stage::EmitC)))
    return failure();
  SmallString<128> headerPath = StringRef(options.output);
  llvm::sys::path::replace_extension(headerPath, ".h");
  SmallString<128> blobPath = StringRef(options.output);
  llvm::sys::path::replace_extension(blobPath, ".weights");
  COptions c;
  c.name = getFunctionName(network.getOptions());
  c.headerName = llvm::sys::path::filename(headerPath).str();
  c.blobThreshold = options.blobThreshold;
  c.placement = options.placement;
  std::string source, header, blob;
  llvm::raw_string_ostream sourceStream(source), headerStream(header),
      blobStream(blob);
  if (failed(emitC(network.getModule(), c, sourceStream, headerStream,
                   &blobStream)))
    return failure();
  OutputFiles files;
  llvm::Error error = files.add(options.output, source);
  if (!error)
    error = files.add(headerPath, header);
  if (!error && !blob.empty())
    error = files.add(blobPath, blob);
  if (!error)
    error = files.commit();
  return error ? reportError("", std::move(error)) : success();
}

/// The static library that generates text: beside the tool in ../lib.
static FailureOr<std::string> findTextRuntime() {
  void *address = reinterpret_cast<void *>(&findTextRuntime);
  SmallString<128> path(llvm::sys::fs::getMainExecutable(nullptr, address));
  llvm::sys::path::remove_filename(path);
  llvm::sys::path::append(path, "..", "lib", "libSmeltRuntime.a");
  if (!llvm::sys::fs::exists(path))
    return reportError(path, "is missing, and programs that generate text need "
                             "it; make an object (.o) or C (.c) of the model");
  return path.str().str();
}

/// A language model with all that it takes to generate text.
static FailureOr<LinkJob> makeTextJob(Network &network,
                                      const CompileOptions &options,
                                      TextArtifact artifact,
                                      std::string &source) {
  std::string name = getFunctionName(network.getOptions());
  FailureOr<std::string> code =
      makeTextSource(network.getModule(), options.model.path, name, artifact);
  FailureOr<std::string> runtime = findTextRuntime();
  if (failed(code) || failed(runtime))
    return failure();
  source = std::move(*code);
  LinkJob job;
  job.source = source;
  if (artifact == TextArtifact::Program) {
    job.options = {"-static",    *runtime,   "-lpcre2-8",
                   "-lutf8proc", "-lstdc++", "-lm"};
    return job;
  }
  job.exports = {"smelt_*", name + "_*"};
  job.options = {"-Wl,-u,smelt_open", *runtime,         "-Wl,-Bstatic",
                 "-lpcre2-8",         "-lutf8proc",     "-lstdc++",
                 "-Wl,-Bdynamic",     "-static-libgcc", "-lm"};
  return job;
}

static LogicalResult link(Network &network, LinkJob job,
                          const CompileOptions &options,
                          llvm::TargetMachine &machine) {
  if (options.model.sharesWork)
    llvm::append_values(job.options, "-Wl,-u,omp_set_num_threads", "-lgomp");
  SmallVector<char, 0> code;
  if (failed(network.advanceTo(Stage::LLVM)) ||
      failed(emitNative(network.getModule(), NativeKind::Object, machine, "",
                        code, {options.placement})))
    return failure();
  job.object = {code.data(), code.size()};
  OutputFiles files;
  llvm::Error error =
      linkWithCompiler(job, options.output, machine.getTargetTriple(), files);
  if (!error)
    error = files.commit();
  return error ? reportError("", std::move(error)) : success();
}

static LogicalResult writeText(Network &network, const CompileOptions &options,
                               llvm::TargetMachine &machine,
                               TextArtifact artifact) {
  std::string source;
  FailureOr<LinkJob> job = makeTextJob(network, options, artifact, source);
  return failed(job) ? failure() : link(network, *job, options, machine);
}

static LogicalResult writeExecutable(Network &network,
                                     const CompileOptions &options,
                                     llvm::TargetMachine &machine) {
  if (failed(network.advanceTo(Stage::Integer)))
    return failure();
  if (llvm::sys::fs::is_directory(options.model.path))
    return writeText(network, options, machine, TextArtifact::Program);
  FailureOr<func::FuncOp> entry = findEntry(network.getModule());
  if (failed(entry))
    return failure();
  FailureOr<Signature> signature = readSignature(*entry);
  if (failed(signature))
    return failure();
  FailureOr<std::string> program =
      makeMainProgram(*signature, getFunctionName(network.getOptions()));
  if (failed(program))
    return failure();
  LinkJob job;
  job.source = *program;
  return link(network, job, options, machine);
}

/// A library of a language model for this machine has smelt.h as its
/// interface; others have the bare functions.
static LogicalResult writeSharedLibrary(Network &network,
                                        const CompileOptions &options,
                                        llvm::TargetMachine &machine) {
  bool isText = llvm::sys::fs::is_directory(options.model.path) &&
                options.machine.triple.empty();
  if (isText)
    return writeText(network, options, machine, TextArtifact::Library);
  return writeNative(network, OutputKind::SharedLibrary, options, machine);
}

static LogicalResult checkOutput(const CompileOptions &options) {
  if (options.output.empty())
    return reportError("", "no output: give -o FILE");
  if (!findOutputKind(options.output))
    return reportError(options.output,
                       "unknown kind of output; the ending must be .c, .o, "
                       ".a, .so, .wasm, .s, .ll, .mlir, or none for an "
                       "executable");
  return success();
}

/// Says before the model is compiled what keeps it from being linked.
static LogicalResult checkTools(OutputKind kind, const CompileOptions &options,
                                const llvm::Triple &triple) {
  if (kind != OutputKind::SharedLibrary && kind != OutputKind::Executable)
    return success();
  LinkedKind linked = kind == OutputKind::SharedLibrary
                          ? LinkedKind::SharedLibrary
                      : llvm::sys::fs::is_directory(options.model.path)
                          ? LinkedKind::TextProgram
                          : LinkedKind::Program;
  llvm::Error error = checkLinking(linked, triple);
  return error ? reportError(options.output, std::move(error)) : success();
}

/// Threads are the system's; C leaves them to its compiler.
static LogicalResult checkThreads(const CompileOptions &options,
                                  OutputKind kind, const llvm::Triple &triple) {
  bool isChecked = kind != OutputKind::C && kind != OutputKind::MLIR &&
                   kind != OutputKind::WebAssembly;
  if (!options.model.sharesWork || !isChecked ||
      triple.getOS() != llvm::Triple::UnknownOS)
    return success();
  return reportError("", "--openmp needs threads, and target '" + triple.str() +
                             "' has no operating system; leave it out");
}

/// Checks that options of memory go with what is made.
static LogicalResult checkMemoryOptions(const CompileOptions &options,
                                        OutputKind kind,
                                        const llvm::Triple &triple) {
  if (kind == OutputKind::MLIR &&
      (options.budget || !options.placement.isDefault()))
    return reportError("", "options of memory are for code, and MLIR is none; "
                           "give them when you compile to .c or .o");
  if (options.budget.maxRAM && options.model.sharesWork)
    return reportError("", "--max-ram does not go with --openmp, whose threads "
                           "have stacks of their own");
  // C is placed by its compiler.
  bool isC = kind == OutputKind::C;
  return checkPlacement(options.placement, isC ? nullptr : &triple);
}

/// Compiles the network once more, to code in memory, and checks that it keeps
/// to the budget. Of C, that is what this compiler makes of its loops.
static LogicalResult keepToBudget(const CompileOptions &options,
                                  const NativeCompilation &compilation) {
  if (!options.budget)
    return success();
  FailureOr<NativeReport> report = measureModel(compilation);
  return failed(report) ? failure()
                        : checkBudget(options.budget, *report, compilation);
}

LogicalResult smelt::runCompile(const CompileOptions &options,
                                MLIRContext *context) {
  if (options.printPipeline) {
    printPipelines(options.model, context, llvm::outs());
    return success();
  }
  if (!options.until && failed(checkOutput(options)))
    return failure();
  if (isReservedInC(options.model.name))
    return reportError("", "--name: '" + options.model.name +
                               "' has a meaning of its own in C");
  OutputKind kind =
      options.until ? OutputKind::MLIR : findOutputKind(options.output).value();
  if (hasSeveralCPUs(options.machine) &&
      (kind == OutputKind::C || options.until == Stage::EmitC))
    return reportError("", "--cpu " + options.machine.cpu +
                               ": C is not made for several CPUs; give its "
                               "compiler one");
  ModelOptions model = options.model;
  FailureOr<NativeTarget> target =
      selectTarget(options.machine, model, context);
  if (failed(target))
    return failure();
  llvm::TargetMachine &machine = *target->machine;
  if (failed(checkTools(kind, options, machine.getTargetTriple())) ||
      failed(checkThreads(options, kind, machine.getTargetTriple())))
    return failure();
  if (kind == OutputKind::WebAssembly &&
      failed(checkWebAssembly(options, machine.getTargetTriple())))
    return failure();
  NativeCompilation compilation{model, options.placement, &*target, context,
                                kind != OutputKind::C};
  if (failed(checkMemoryOptions(options, kind, machine.getTargetTriple())) ||
      failed(keepToBudget(options, compilation)))
    return failure();
  bool isNative = kind != OutputKind::C && kind != OutputKind::MLIR;
  if (isNative || options.until == Stage::Loops || options.until == Stage::LLVM)
    useTarget(*target, model);
  else
    useWords(*target, model);
  FailureOr<std::unique_ptr<Network>> network = Network::load(model, context);
  if (failed(network))
    return failure();
  switch (kind) {
  case OutputKind::MLIR:
    if (failed((*network)->advanceTo(options.until.value_or(Stage::Integer))))
      return failure();
    return writeMLIR((*network)->getModule(), options.output);
  case OutputKind::C:
    return writeC(**network, options);
  case OutputKind::Executable:
    return writeExecutable(**network, options, machine);
  case OutputKind::SharedLibrary:
    return writeSharedLibrary(**network, options, machine);
  case OutputKind::WebAssembly:
    return writeWebAssembly(**network, options, machine);
  default:
    return writeNative(**network, kind, options, machine);
  }
}
