//===- Driver.cpp -----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Driver/Commands.h"
#include "smelt/Driver/Diagnostics.h"
#include "smelt/Driver/Network.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/Signals.h"

using namespace mlir;
using namespace smelt;

static void handleFatalError(void *, const char *reason, bool) {
  llvm::errs() << "smelt: error: " << reason << "\n";
  llvm::sys::RunInterruptHandlers();
  _Exit(1);
}

/// Of the OpenMP runtime, which compiled models use too.
extern "C" void omp_set_num_threads(int count);

static void setThreads(const ModelOptions &options) {
  if (options.threads)
    omp_set_num_threads(static_cast<int>(options.threads));
}

int smelt::runDriver(int argc, char **argv) {
  llvm::install_fatal_error_handler(handleFatalError);
  std::variant<int, Command> command = parseCommandLine(argc, argv);
  if (const int *status = std::get_if<int>(&command))
    return *status;

  DialectRegistry registry;
  registerDriverDialects(registry);
  MLIRContext context(registry, MLIRContext::Threading::DISABLED);
  context.printOpOnDiagnostic(false);
  DiagnosticPrinter printer(&context);
  LogicalResult result = failure();
  Command &chosen = std::get<Command>(command);
  if (auto *options = std::get_if<CompileOptions>(&chosen))
    result = runCompile(*options, &context);
  else if (auto *options = std::get_if<RunOptions>(&chosen)) {
    setThreads(options->model);
    result = runRun(*options, &context);
  } else if (auto *options = std::get_if<EvalOptions>(&chosen)) {
    setThreads(options->model);
    result = runEval(*options, &context);
  } else if (auto *options = std::get_if<BenchOptions>(&chosen)) {
    setThreads(options->model);
    result = runBench(*options, &context);
  } else if (auto *options = std::get_if<InspectOptions>(&chosen))
    result = runInspect(*options, &context);
  else if (auto *options = std::get_if<QuantizeOptions>(&chosen))
    result = runQuantize(*options, &context);
  else if (auto *options = std::get_if<TargetsOptions>(&chosen))
    result = runTargets(*options, &context);
  return succeeded(result) ? 0 : 1;
}
