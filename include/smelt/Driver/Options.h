//===- Options.h ------------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_DRIVER_OPTIONS_H
#define SMELT_DRIVER_OPTIONS_H

#include "smelt/Runtime/TextGenerator.h"
#include "smelt/Support/DataPlacement.h"
#include "smelt/Target/LLVM/CPUVariants.h"
#include "llvm/ADT/StringRef.h"
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace smelt {

/// The forms that a network goes through.
enum class Stage {
  Import,
  Float,
  Weights,
  Activations,
  Integer,
  Loops,
  EmitC,
  LLVM
};

std::optional<Stage> symbolizeStage(llvm::StringRef name);
llvm::StringRef stringifyStage(Stage stage);

/// A sensor's type and the real values that its integers stand for.
struct SensorRange {
  double codeMin = 0, codeMax = 255;
  double realMin = 0, realMax = 1;
};

/// How a model is read and made integer.
struct ModelOptions {
  std::string path;
  /// Values of symbolic dimensions.
  std::vector<std::pair<std::string, int64_t>> dimensions;
  /// `auto`, `ternary` or `int8`.
  std::string weights = "auto";
  int64_t planes = 1;
  /// Rules PATTERN=SPEC for layers by name.
  std::vector<std::string> layers;
  /// The relative error of the outputs to which weights are given more bits,
  /// layer by layer; none: every layer gets the same.
  std::optional<double> maxError;
  /// 8 or 16.
  int64_t activationBits = 8;
  /// Data whose activations are observed; none if empty.
  std::string calibration;
  /// At most so many samples of it are used, if not 0.
  int64_t calibrationLimit = 0;
  /// Of a language model: the positions of its cache, or 0 for all that it was
  /// made for; the bits of a number in it, 8 or 16; how many tokens of a prompt
  /// are read at once, or 0 for what suits its size; how many drafts of the
  /// next tokens; and how many sequences are decoded at once.
  int64_t contextLength = 0;
  unsigned cacheBits = 8;
  int64_t blockSize = 0;
  int64_t numDrafts = 0;
  int64_t numSequences = 1;
  /// Of a language model: what the embedding and the head become that are not
  /// ternary, `int8` or `int4`; int8 if empty.
  std::string embedding, head;
  /// The kernels share their work among the threads of OpenMP: when the model
  /// is run by this process, so many; 0 leaves the number to the runtime.
  bool sharesWork = false;
  int64_t threads = 0;
  /// The code calls `smelt_kernel_mark` after each kernel.
  bool timesKernels = false;
  /// `masked`, `dot` or `base3`.
  std::string strategy = "auto";
  /// What kernels may use of the processor; see `VectorTarget`.
  std::vector<std::string> vectorFeatures;
  /// The CPUs that the code chooses from when it runs, if there are several.
  std::vector<CPUVariant> variants;
  /// `u8` or `i8`, if the input is a sensor's own.
  std::string inputType;
  std::optional<SensorRange> inputRange;
  /// The name of the compiled function; made of the path if empty.
  std::string name;
  /// Bits of the target's pointers, or 0 for this machine's.
  unsigned pointerBits = 0;
};

/// What a compiled network may take, in bytes.
struct Budget {
  std::optional<int64_t> maxFlash, maxRAM;

  explicit operator bool() const { return maxFlash || maxRAM; }
};

struct CompileOptions {
  ModelOptions model;
  std::string output;
  MachineOptions machine;
  std::optional<Stage> until;
  bool printPipeline = false;
  /// Weights of at least so many bytes are written beside the C source.
  std::optional<int64_t> blobThreshold;
  DataPlacement placement;
  Budget budget;
};

struct RunOptions {
  ModelOptions model;
  /// Of a language model; instead of inputs.
  std::optional<runtime::TextOptions> generation;
  /// FILE, or NAME=FILE.
  std::vector<std::string> inputs;
  std::string output;
  bool isFloat = false;
  /// Outputs are written as integers and not as the reals they stand for.
  bool isRaw = false;
};

struct EvalOptions {
  ModelOptions model;
  std::string data;
  std::string labels;
  /// Of a language model, instead of data: a text, and the logits that another
  /// form of the model has at its positions.
  std::string text;
  std::string reference;
  /// At most so many samples, or tokens of a text, if not 0.
  int64_t limit = 0;
  bool json = false;
};

struct BenchOptions {
  ModelOptions model;
  /// Of this machine's architecture.
  MachineOptions machine;
  /// Of a language model: the tokens before those that are decoded, how many
  /// are, and those of a prompt of its own.
  int64_t promptTokens = 64;
  int64_t tokens = 32;
  int64_t prefillTokens = 512;
  /// Runs of which the median is taken.
  int64_t repetitions = 5;
  /// A row of the profile is a layer, not a kernel.
  bool byLayer = false;
  /// The file that gets the result as JSON; none if empty.
  std::string json;
};

struct InspectOptions {
  ModelOptions model;
  MachineOptions machine;
  DataPlacement placement;
  Budget budget;
  bool json = false;
};

struct QuantizeOptions {
  ModelOptions model;
  std::string output;
};

struct TargetsOptions {
  bool json = false;
};

using Command =
    std::variant<CompileOptions, RunOptions, EvalOptions, BenchOptions,
                 InspectOptions, QuantizeOptions, TargetsOptions>;

/// Reads the command line. Without a command to carry out, it is the exit
/// status; help and diagnostics have been printed.
std::variant<int, Command> parseCommandLine(int argc, char **argv);

} // namespace smelt

#endif
