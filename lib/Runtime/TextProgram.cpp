//===- TextProgram.cpp ------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// The program that a language model is compiled to.
//
//===----------------------------------------------------------------------===//

#include "smelt/Runtime/Serialization.h"
#include "smelt/Runtime/TextGenerator.h"
#include <cstdio>
#include <cstdlib>
#include <cstring>

using namespace smelt::runtime;

namespace {
struct ProgramOption {
  const char *name;
  const char *help;
  /// Sets the option; false if the value is none.
  bool (*set)(TextOptions &options, const char *value);
};
} // namespace

static bool parse(const char *value, double &number) {
  char *end = nullptr;
  number = std::strtod(value, &end);
  return end != value && *end == '\0';
}

template <typename Integer>
static bool parse(const char *value, Integer &number) {
  char *end = nullptr;
  long long parsed = std::strtoll(value, &end, 10);
  if (end == value || *end != '\0' || parsed < 0 || parsed > INT32_MAX)
    return false;
  number = static_cast<Integer>(parsed);
  return true;
}

static const ProgramOption programOptions[] = {
    {"-p", "TEXT    continue this text",
     [](TextOptions &options, const char *value) {
       options.prompt = value;
       return true;
     }},
    {"-n", "N       tokens to add at most (256)",
     [](TextOptions &options, const char *value) {
       return parse(value, options.length);
     }},
    {"--stop", "TEXT  end before this text",
     [](TextOptions &options, const char *value) {
       options.stops.push_back(value);
       return true;
     }},
    {"--temperature", "T  divides the logits; 0 takes the most likely (0)",
     [](TextOptions &options, const char *value) {
       return parse(value, options.sampler.temperature);
     }},
    {"--top-k", "K  only the K most likely tokens",
     [](TextOptions &options, const char *value) {
       return parse(value, options.sampler.topK);
     }},
    {"--top-p", "P  only the most likely tokens of this probability together",
     [](TextOptions &options, const char *value) {
       return parse(value, options.sampler.topP);
     }},
    {"--min-p", "P  only tokens this many times as likely as the likeliest",
     [](TextOptions &options, const char *value) {
       return parse(value, options.sampler.minP);
     }},
    {"--repetition-penalty", "R  makes tokens that came lately less likely",
     [](TextOptions &options, const char *value) {
       return parse(value, options.sampler.repetitionPenalty);
     }},
    {"--seed", "S  of the random choices (0)",
     [](TextOptions &options, const char *value) {
       return parse(value, options.sampler.seed);
     }},
};

static int fail(const char *program, const std::string &message) {
  std::fprintf(stderr, "%s: error: %s\n", program, message.c_str());
  return 1;
}

static int printHelp(const char *program) {
  std::printf("usage: %s -p TEXT [options]\n\n", program);
  for (const ProgramOption &option : programOptions)
    std::printf("  %s %s\n", option.name, option.help);
  std::printf("  --chat  put the text into the model's form of a "
              "conversation\n");
  return 0;
}

/// Reads the arguments; says what is wrong with them.
static MaybeFailure readArguments(int argc, char **argv, TextOptions &options) {
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--chat") == 0) {
      options.isChat = true;
      continue;
    }
    const ProgramOption *found = nullptr;
    for (const ProgramOption &option : programOptions)
      if (std::strcmp(argv[i], option.name) == 0)
        found = &option;
    if (!found)
      return Failure{std::string("unknown option '") + argv[i] +
                     "'; --help lists them"};
    if (++i == argc)
      return Failure{std::string(found->name) + " needs a value"};
    if (!found->set(options, argv[i]))
      return Failure{std::string(found->name) + ": '" + argv[i] +
                     "' is no number for it"};
  }
  return validate(options.sampler);
}

/// The main function of a program. `step` is the compiled network, `state` the
/// zeroed bytes that it keeps, `tokenizer` what `serialize` made.
extern "C" int smelt_text_program(void (*step)(const int32_t *, const int32_t *,
                                               int8_t *, int32_t *),
                                  int8_t *state, int32_t *logits,
                                  int64_t vocabularySize, int64_t contextLength,
                                  double scale, const unsigned char *tokenizer,
                                  size_t tokenizerSize, int argc, char **argv) {
  const char *program = argc > 0 ? argv[0] : "program";
  for (int i = 1; i < argc; ++i)
    if (std::strcmp(argv[i], "--help") == 0)
      return printHelp(program);
  TextOptions options;
  if (MaybeFailure failure = readArguments(argc, argv, options))
    return fail(program, failure->message);
  Result<TokenizerDefinition> definition =
      deserialize({reinterpret_cast<const char *>(tokenizer), tokenizerSize});
  if (!definition)
    return fail(program, definition.failure().message);
  Result<Tokenizer> created = Tokenizer::create(std::move(*definition));
  if (!created)
    return fail(program, created.failure().message);
  TextNetwork network;
  network.vocabularySize = vocabularySize;
  network.contextLength = contextLength;
  network.scale = scale;
  network.step = [=](TokenId token, int32_t position) -> const int32_t * {
    int32_t id = static_cast<int32_t>(token);
    step(&id, &position, state, logits);
    return logits;
  };
  Result<std::vector<TokenId>> prompt =
      encodePrompt(*created, network, options);
  if (!prompt)
    return fail(program, "-p: " + prompt.failure().message);
  auto print = [](std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
  };
  if (!options.isChat)
    print(options.prompt);
  TextEnd end = continueText(*created, network, options, *prompt, print);
  print("\n");
  if (end == TextEnd::Context)
    std::fprintf(stderr,
                 "%s: note: the model's context of %lld tokens is full\n",
                 program, static_cast<long long>(contextLength));
  return std::ferror(stdout) ? fail(program, "cannot write the text") : 0;
}
