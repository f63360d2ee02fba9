//===- ImportHuggingFace.cpp ------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Import/HuggingFace/ImportHuggingFace.h"
#include "Transformer.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"

using namespace mlir;
using namespace smelt;
using namespace smelt::hf;

static void emitFindings(const Report &report, MLIRContext *context) {
  for (const Finding &finding : report.getFindings()) {
    auto location =
        FileLineColLoc::get(StringAttr::get(context, finding.file), 0, 0);
    if (finding.isError)
      emitError(location) << finding.message;
    else
      emitWarning(location) << finding.message;
  }
  size_t shown = llvm::count_if(report.getFindings(),
                                [](const Finding &f) { return f.isError; });
  if (report.countErrors() > shown)
    emitError(UnknownLoc::get(context))
        << report.countErrors() - shown << " more errors";
}

static std::optional<Transformer> read(StringRef folder,
                                       const HuggingFaceImportOptions &options,
                                       MLIRContext *context, Report &report) {
  std::optional<ModelConfig> config = readModelConfig(folder, report);
  std::optional<Checkpoint> checkpoint = Checkpoint::open(folder, report);
  if (!config || !checkpoint)
    return std::nullopt;
  std::optional<TransformerTensors> tensors =
      findTensors(*config, *checkpoint, report);
  if (!tensors)
    return std::nullopt;
  return readTransformer(*config, *tensors, *checkpoint, options, context,
                         report);
}

OwningOpRef<ModuleOp>
smelt::importHuggingFace(StringRef folder,
                         const HuggingFaceImportOptions &options,
                         MLIRContext *context) {
  context->loadDialect<func::FuncDialect, tosa::TosaDialect,
                       ternary::TernaryDialect>();
  Report report;
  std::optional<Transformer> transformer =
      read(folder, options, context, report);
  emitFindings(report, context);
  if (!transformer)
    return {};
  OwningOpRef<ModuleOp> module = ModuleOp::create(UnknownLoc::get(context));
  auto builder = OpBuilder::atBlockEnd(module->getBody());
  auto build = [&](StringRef name, int64_t tokens, TokenKind kind) {
    buildFunction(*transformer, name, tokens, kind, builder);
  };
  build("decode", 1, TokenKind::BlockWithLogits);
  int64_t block = std::min(options.blockSize, transformer->contextLength);
  if (block > 1)
    build("prefill", block, TokenKind::Block);
  int64_t verified =
      std::min(options.numDrafts + 1, transformer->contextLength);
  if (verified > 1)
    build("verify", verified, TokenKind::BlockWithLogits);
  if (options.numSequences > 1)
    build("batch", options.numSequences, TokenKind::Sequences);
  return module;
}
