//===- TextProgram.cpp ------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Driver/TextProgram.h"
#include "smelt/Driver/Diagnostics.h"
#include "smelt/Driver/TextModel.h"
#include "smelt/Runtime/Load/LoadTokenizer.h"
#include "smelt/Runtime/Serialization.h"
#include "llvm/Support/Format.h"

using namespace mlir;
using namespace smelt;
using namespace smelt::runtime;

#define TEXT_OF(...) #__VA_ARGS__
#define SOURCE_OF(MACRO) TEXT_OF(MACRO)

/// Prints the bytes that `serialize` makes of a folder's tokenizer.
static LogicalResult printTokenizer(StringRef folder, llvm::raw_ostream &os) {
  llvm::Expected<TokenizerDefinition> definition = loadTokenizer(folder);
  if (!definition)
    return reportError("", definition.takeError());
  std::string bytes = serialize(*definition);
  os << "static const unsigned char tokenizer[] = {";
  for (auto [i, byte] : llvm::enumerate(bytes))
    os << (i % 32 == 0 ? "\n" : "") << unsigned(static_cast<uint8_t>(byte))
       << ',';
  os << "};\n";
  return success();
}

/// Prints the definition of the model, and its declarations.
static void printModel(const CompiledModel &model, StringRef name,
                       bool hasTokenizer, llvm::raw_ostream &os) {
  os << "#include <stddef.h>\n#include <stdint.h>\n"
     << SOURCE_OF(SMELT_COMPILED_MODEL) << "\n";
  // A function that the model is without is null.
  std::string functions;
  auto declare = [&](StringRef suffix, bool exists, bool hasLogits) {
    std::string function = exists ? (name + suffix).str() : "0";
    if (exists)
      os << "void " << function << "(const int32_t *, const int32_t *, int8_t *"
         << (hasLogits ? ", int32_t *);\n" : ");\n");
    functions += function + ", ";
  };
  declare(kDecodeSuffix, true, /*hasLogits=*/true);
  declare(kPrefillSuffix, model.block_size != 0, /*hasLogits=*/false);
  declare(kVerifySuffix, model.verify_size != 0, /*hasLogits=*/true);
  declare(kBatchSuffix, model.num_sequences != 0, /*hasLogits=*/true);
  os << "const struct smelt_compiled_model smelt_library_model = {" << functions
     << model.block_size << ", " << model.verify_size << ", "
     << model.num_sequences << ", " << model.context_length << ", "
     << model.vocabulary_size << ", " << model.cache_size << ", "
     << llvm::format("%a", model.logit_scale)
     << (hasTokenizer ? ", tokenizer, sizeof tokenizer};\n" : ", 0, 0};\n");
}

FailureOr<std::string> smelt::makeTextSource(ModuleOp module, StringRef folder,
                                             StringRef name,
                                             TextArtifact artifact) {
  FailureOr<CompiledModel> model = describeTextModel(module, folder);
  if (failed(model))
    return failure();
  std::string code;
  llvm::raw_string_ostream os(code);
  bool needsTokenizer =
      artifact == TextArtifact::Program || hasTokenizer(folder);
  if (needsTokenizer && failed(printTokenizer(folder, os)))
    return failure();
  printModel(*model, name, needsTokenizer, os);
  if (artifact == TextArtifact::Program)
    os << "int smelt_text_program(const struct smelt_compiled_model *, int, "
          "char **);\n"
          "int main(int argc, char **argv) {\n"
          "  return smelt_text_program(&smelt_library_model, argc, argv);\n"
          "}\n";
  return code;
}
