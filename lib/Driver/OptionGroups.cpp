//===- OptionGroups.cpp -----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OptionGroups.h"
#include "smelt/Support/Suggestion.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"
#include <cmath>

using namespace smelt;
using llvm::StringRef;

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

/// Reads `N=1`.
static void addDimension(ModelOptions &options, const std::string &text) {
  auto [name, value] = StringRef(text).split('=');
  int64_t size;
  if (name.empty() || value.getAsInteger(10, size) || size < 1)
    throw CLI::ValidationError("--dim", "needs NAME=SIZE, not '" + text + "'");
  options.dimensions.emplace_back(name.str(), size);
}

static std::optional<std::pair<double, double>> parseRange(StringRef text) {
  auto [low, high] = text.split(':');
  std::pair<double, double> range;
  if (low.getAsDouble(range.first) || high.getAsDouble(range.second) ||
      !std::isfinite(range.first) || !std::isfinite(range.second) ||
      range.first >= range.second)
    return std::nullopt;
  return range;
}

/// Reads `0:255=0:1`.
static void setInputRange(ModelOptions &options, const std::string &text) {
  auto [codes, reals] = StringRef(text).split('=');
  auto codeRange = parseRange(codes), realRange = parseRange(reals);
  if (!codeRange || !realRange)
    throw CLI::ValidationError("--input-range",
                               "needs MIN:MAX=REALMIN:REALMAX, such as "
                               "0:255=0:1, not '" +
                                   text + "'");
  options.inputRange = SensorRange{codeRange->first, codeRange->second,
                                   realRange->first, realRange->second};
}

CLI::Validator smelt::choice(std::initializer_list<StringRef> names) {
  std::vector<std::string> kept;
  std::string description;
  for (StringRef name : names) {
    kept.push_back(name.str());
    description += (description.empty() ? "" : "|") + name.str();
  }
  return CLI::Validator(
      [kept](std::string &value) -> std::string {
        llvm::SmallVector<StringRef> known(kept.begin(), kept.end());
        if (llvm::is_contained(known, StringRef(value)))
          return "";
        return "'" + value + "' is not known" + suggest(value, known);
      },
      description);
}

CLI::Validator smelt::atLeast(int64_t least) {
  return CLI::Validator(
      [least](std::string &value) -> std::string {
        int64_t number;
        bool isValid =
            !StringRef(value).getAsInteger(10, number) && number >= least;
        return isValid ? ""
                       : "needs a number of at least " + std::to_string(least) +
                             ", not '" + value + "'";
      },
      "");
}

/// Reads `65536`, `64KiB` or `64K`.
static int64_t readBytes(const char *option, const std::string &text) {
  StringRef number = text;
  uint64_t unit = 1;
  number.consume_back("iB");
  if (number.consume_back("K"))
    unit = uint64_t(1) << 10;
  else if (number.consume_back("M"))
    unit = uint64_t(1) << 20;
  uint64_t count;
  constexpr uint64_t kMost = uint64_t(1) << 40;
  bool isUnitMissing = unit == 1 && StringRef(text).ends_with("iB");
  if (isUnitMissing || number.getAsInteger(10, count) || count > kMost)
    throw CLI::ValidationError(option, "needs a number of bytes, such as "
                                       "65536, 64KiB or 1MiB, not '" +
                                           text + "'");
  return static_cast<int64_t>(count * unit);
}

/// Whether an ELF section of this name can hold what a network reads, or
/// writes.
static bool canHold(StringRef section, bool isWritten) {
  auto is = [&](StringRef kind) {
    return section == kind || section.starts_with((kind + ".").str());
  };
  for (const char *kind :
       {".text",   ".tbss",       ".tdata",      ".init",
        ".fini",   ".init_array", ".fini_array", ".preinit_array",
        ".note",   ".ctors",      ".dtors",      ".comment",
        ".symtab", ".strtab",     ".shstrtab",   ".rel",
        ".rela",   ".group",      ".eh_frame",   ".ARM"})
    if (is(kind))
      return false;
  return isWritten ? !is(".rodata") && !section.starts_with(".debug")
                   : !is(".bss") && !section.starts_with(".debug");
}

/// A section's name, which C writes in quotes.
static CLI::Validator sectionName(bool isWritten) {
  return CLI::Validator(
      [isWritten](std::string &value) -> std::string {
        bool isName = !value.empty() && llvm::all_of(value, [](char c) {
          return llvm::isAlnum(c) || StringRef("._$-").contains(c);
        });
        if (!isName)
          return "'" + value +
                 "' is no name of a section: it takes letters, digits and "
                 ". _ $ -";
        if (!canHold(value, isWritten))
          return "section '" + value + "' is for something else; give one of " +
                 (isWritten ? "memory, such as .bss.arena"
                            : "constants, such as .rodata.weights");
        return "";
      },
      "");
}

//===----------------------------------------------------------------------===//
// Groups
//===----------------------------------------------------------------------===//

void smelt::addModelOptions(CLI::App &app, ModelOptions &options) {
  app.add_option("model", options.path,
                 "The model: an .onnx or .mlir file, or the folder of a "
                 "language model")
      ->required()
      ->type_name("FILE");
  app.add_option_function<std::vector<std::string>>(
         "--dim",
         [&](const std::vector<std::string> &values) {
           for (const std::string &value : values)
             addDimension(options, value);
         },
         "Size of a symbolic dimension of the model, such as N=1")
      ->type_name("NAME=SIZE")
      ->expected(1)
      ->take_all();
}

static void addLanguageModelOptions(CLI::App &app, ModelOptions &options,
                                    const char *group) {
  app.add_option("--context", options.contextLength,
                 "Positions of a language model's cache (as many as it was "
                 "made for)")
      ->check(CLI::Range(1, 32768))
      ->type_name("N")
      ->group(group);
  app.add_option("--cache-bits", options.cacheBits,
                 "Bits of a key or value in a language model's cache: 8 or 16")
      ->check(CLI::IsMember(std::vector<int64_t>{8, 16}))
      ->group(group)
      ->capture_default_str();
  app.add_option(
         "--block", options.blockSize,
         "Tokens of a prompt that a language model reads at once (32; of "
         "a large one 64, or 128 with AMX); 1 saves memory")
      ->check(CLI::Range(1, 1024))
      ->type_name("N")
      ->group(group);
  app.add_option("--embedding", options.embedding,
                 "What a language model's embedding becomes if it is not "
                 "ternary (int8)")
      ->check(choice({"int8", "int4"}))
      ->group(group);
  app.add_option("--head", options.head,
                 "What a language model's head becomes if it is not ternary "
                 "(int8); screened: int8, of which only the rows that a "
                 "ternary copy finds likely are multiplied")
      ->check(choice({"int8", "int4", "screened"}))
      ->group(group);
}

void smelt::addQuantizationOptions(CLI::App &app, ModelOptions &options) {
  const char *group = "Quantization";
  app.add_option("--weights", options.weights,
                 "What weights become that are not ternary already")
      ->check(choice({"auto", "ternary", "int8"}))
      ->group(group)
      ->capture_default_str();
  app.add_option("--planes", options.planes,
                 "Ternary planes that together make the weights")
      ->check(CLI::Range(1, 3))
      ->group(group)
      ->capture_default_str();
  app.add_option("--layer", options.layers,
                 "Weights of the layers whose name matches, such as "
                 "'fc*=2' or 'conv1=int8'; the last that matches counts")
      ->type_name("PATTERN=SPEC")
      ->expected(1)
      ->take_all()
      ->group(group);
  app.add_option("--max-error", options.maxError,
                 "Give layers more planes, or int8, until the outputs on the "
                 "calibration data are within this relative error of float")
      ->check(CLI::Range(0.0, 1.0))
      ->type_name("ERROR")
      ->group(group);
  app.add_option("--activations", options.activationBits,
                 "Bits of an activation: 8 or 16")
      ->check(CLI::IsMember(std::vector<int64_t>{8, 16}))
      ->group(group)
      ->capture_default_str();
  app.add_option("--calibrate", options.calibration,
                 "Inputs (.npy or .npz) from which the ranges of activations "
                 "are taken")
      ->type_name("FILE")
      ->group(group);
  app.add_option("--input-type", options.inputType,
                 "The input is a sensor's own integers")
      ->check(choice({"u8", "i8"}))
      ->group(group);
  app.add_option_function<std::string>(
         "--input-range",
         [&](const std::string &value) { setInputRange(options, value); },
         "The reals that the sensor's integers stand for, such as 0:255=0:1")
      ->type_name("MIN:MAX=REALMIN:REALMAX")
      ->group(group);
  app.add_option("--strategy", options.strategy,
                 "How ternary weights are stored and multiplied")
      ->check(choice({"auto", "axpy", "masked", "dot", "base3"}))
      ->group(group)
      ->capture_default_str();
  addLanguageModelOptions(app, options, group);
}

void smelt::addPasses(CLI::App &app, ModelOptions &options) {
  app.add_option("--speculate", options.numDrafts,
                 "Drafts of a language model's next tokens, taken from the "
                 "text before, that are checked at once; the text is the same")
      ->check(CLI::Range(int64_t(0), runtime::kMostDrafts))
      ->type_name("N")
      ->group("Language models")
      ->capture_default_str();
  app.add_option("--sequences", options.numSequences,
                 "Sequences of which a language model decodes a token each in "
                 "one pass")
      ->check(CLI::Range(int64_t(1), runtime::kMostSequences))
      ->type_name("N")
      ->group("Language models")
      ->capture_default_str();
}

void smelt::addThreads(CLI::App &app, ModelOptions &options) {
  app.add_option_function<int64_t>(
         "--threads",
         [&](const int64_t &value) {
           options.threads = value;
           options.sharesWork = value > 1;
         },
         "Threads that share the work of each layer (1)")
      ->check(CLI::Range(1, 1024))
      ->type_name("N");
}

void smelt::addCPUOptions(CLI::App &app, MachineOptions &options,
                          bool several) {
  const char *group = "Target";
  app.add_option("--cpu", options.cpu,
                 several ? "CPU of the target, or 'native' for this one; of "
                           "several (x86-64-v2,x86-64-v4), the last that the "
                           "processor can run is chosen when the code runs"
                         : "CPU of the target, or 'native' for this one")
      ->type_name(several ? "CPU[,CPU...]" : "CPU")
      ->group(group);
  app.add_option("--features", options.features,
                 "CPU features, such as +avx2,-sse4.2")
      ->type_name("LIST")
      ->group(group);
}

void smelt::addMachineOptions(CLI::App &app, MachineOptions &options) {
  app.add_option("--target", options.triple,
                 "A target of `smelt targets`, or a triple, such as "
                 "aarch64-linux-gnu (this machine's)")
      ->type_name("TARGET")
      ->group("Target");
  addCPUOptions(app, options, /*several=*/true);
}

void smelt::addPlacement(CLI::App &app, DataPlacement &placement) {
  const char *group = "Memory";
  app.add_option("--weights-section", placement.weightsSection,
                 "Section of the weights, scales and tables (the compiler's)")
      ->check(sectionName(/*isWritten=*/false))
      ->type_name("NAME")
      ->group(group);
  app.add_option("--arena-section", placement.arenaSection,
                 "Section of the memory between the layers (the compiler's)")
      ->check(sectionName(/*isWritten=*/true))
      ->type_name("NAME")
      ->group(group);
  app.add_option(
         "--align", placement.weightsAlignment,
         "Least alignment of the weights, scales and tables, a power of 2")
      ->check(CLI::Validator(
          [](std::string &value) -> std::string {
            uint64_t bytes;
            bool isValid = !StringRef(value).getAsInteger(10, bytes) &&
                           llvm::isPowerOf2_64(bytes) && bytes <= 4096;
            return isValid
                       ? ""
                       : "needs a power of 2 up to 4096, not '" + value + "'";
          },
          ""))
      ->type_name("BYTES")
      ->group(group);
}

void smelt::addBudget(CLI::App &app, Budget &budget) {
  auto add = [&](const char *name, std::optional<int64_t> &bytes,
                 const char *help) {
    app.add_option_function<std::string>(
           name,
           [=, &bytes](const std::string &text) {
             bytes = readBytes(name, text);
           },
           help)
        ->type_name("BYTES")
        ->group("Memory");
  };
  add("--max-flash", budget.maxFlash,
      "Fail if code and constants are more than this, such as 64KiB");
  add("--max-ram", budget.maxRAM,
      "Fail if arena, state and stack are more than this, such as 16KiB");
}
