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

#include "smelt/Runtime/HugePages.h"
#include "smelt/Runtime/Serialization.h"
#include "smelt/Runtime/TextGenerator.h"
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>

using namespace smelt::runtime;

namespace {
struct ProgramOption {
  const char *name;
  const char *longName;
  const char *value;
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
  errno = 0;
  unsigned long long parsed = std::strtoull(value, &end, 10);
  if (end == value || *end != '\0' || std::strchr(value, '-') || errno != 0 ||
      parsed > static_cast<uint64_t>(std::numeric_limits<Integer>::max()))
    return false;
  number = static_cast<Integer>(parsed);
  return true;
}

static const ProgramOption programOptions[] = {
    {"-p", "--prompt", "TEXT", "continue this text",
     [](TextOptions &options, const char *value) {
       options.prompt = value;
       return true;
     }},
    {"-n", "--length", "N", "tokens to add at most (256)",
     [](TextOptions &options, const char *value) {
       return parse(value, options.length);
     }},
    {"", "--threads", "N", "threads to use, in a program made with --openmp",
     [](TextOptions &options, const char *value) {
       return parse(value, options.threads) && options.threads > 0;
     }},
    {"", "--stop", "TEXT", "end before this text",
     [](TextOptions &options, const char *value) {
       options.stops.push_back(value);
       return true;
     }},
    {"", "--system", "TEXT", "what a conversation begins with",
     [](TextOptions &options, const char *value) {
       options.system = value;
       return true;
     }},
    {"", "--temperature", "T",
     "divides the logits; 0 takes the most likely (0)",
     [](TextOptions &options, const char *value) {
       return parse(value, options.sampler.temperature);
     }},
    {"", "--top-k", "K", "only the K most likely tokens",
     [](TextOptions &options, const char *value) {
       return parse(value, options.sampler.topK);
     }},
    {"", "--top-p", "P",
     "only the most likely tokens of this probability together",
     [](TextOptions &options, const char *value) {
       return parse(value, options.sampler.topP);
     }},
    {"", "--min-p", "P",
     "only tokens this many times as likely as the likeliest",
     [](TextOptions &options, const char *value) {
       return parse(value, options.sampler.minP);
     }},
    {"", "--repetition-penalty", "R",
     "makes tokens that came lately less likely",
     [](TextOptions &options, const char *value) {
       return parse(value, options.sampler.repetitionPenalty);
     }},
    {"", "--seed", "S", "of the random choices (0)",
     [](TextOptions &options, const char *value) {
       return parse(value, options.sampler.seed);
     }},
};

static int fail(const char *program, const std::string &message) {
  std::fprintf(stderr, "%s: error: %s\n", program, message.c_str());
  return 1;
}

static int printHelp(const char *program) {
  std::printf("usage: %s -p TEXT [options]\n       %s -i [options]\n\n",
              program, program);
  for (const ProgramOption &option : programOptions) {
    std::string names = std::string(option.name) + (*option.name ? ", " : "") +
                        option.longName + " " + option.value;
    std::printf("  %-26s %s\n", names.c_str(), option.help);
  }
  std::printf("  %-26s %s\n  %-26s %s\n  %-26s %s\n", "--chat",
              "put the text into the model's form of a conversation",
              "-i, --interactive", "answer one line after another", "--speed",
              "say at the end how fast it was");
  return 0;
}

/// Whether an argument is this option; `value` gets what follows a '='.
static bool matches(const ProgramOption &option, const char *argument,
                    const char *&value) {
  value = nullptr;
  size_t length = std::strlen(option.longName);
  if (std::strncmp(argument, option.longName, length) == 0 &&
      argument[length] == '=')
    value = argument + length + 1;
  return value || std::strcmp(argument, option.longName) == 0 ||
         (*option.name && std::strcmp(argument, option.name) == 0);
}

static bool setFlag(const char *argument, TextOptions &options) {
  if (std::strcmp(argument, "--speed") == 0)
    return options.showsSpeed = true;
  bool isInteractive = std::strcmp(argument, "-i") == 0 ||
                       std::strcmp(argument, "--interactive") == 0;
  if (!isInteractive && std::strcmp(argument, "--chat") != 0)
    return false;
  options.isChat = true;
  options.isConversation |= isInteractive;
  return true;
}

/// Reads the arguments; says what is wrong with them.
static MaybeFailure readArguments(int argc, char **argv, TextOptions &options) {
  bool hasPrompt = false;
  for (int i = 1; i < argc; ++i) {
    if (setFlag(argv[i], options))
      continue;
    const ProgramOption *found = nullptr;
    const char *value = nullptr;
    for (const ProgramOption &option : programOptions)
      if (matches(option, argv[i], value)) {
        found = &option;
        break;
      }
    if (!found)
      return Failure{std::string("unknown option '") + argv[i] +
                     "'; --help lists them"};
    std::string name = *found->name ? found->name : found->longName;
    if (!value && ++i == argc)
      return Failure{name + " needs a value"};
    if (!value)
      value = argv[i];
    hasPrompt |= found == &programOptions[0];
    if (!found->set(options, value))
      return Failure{name + ": '" + value + "' is no number for it"};
  }
  if (!hasPrompt && !options.isConversation)
    return Failure{"no text to continue; give -p TEXT, or -i for a "
                   "conversation"};
  return validate(options.sampler);
}

/// Continues one text, or holds a conversation.
static MaybeFailure generate(const char *program, const TextOptions &options,
                             const Tokenizer &tokenizer, Session &session) {
  auto print = [](std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
  };
  auto note = [=](std::string_view text) {
    std::fprintf(stderr, "%s: note: %.*s\n", program,
                 static_cast<int>(text.size()), text.data());
  };
  TextGenerator generator(tokenizer, session, options);
  if (options.isConversation) {
    MaybeFailure failure = generator.converse(readInputLine, print, note);
    if (options.showsSpeed && !failure)
      note(generator.getSpeed().describe());
    return failure;
  }
  Result<std::vector<TokenId>> prompt = generator.encode(options.prompt);
  if (!prompt)
    return Failure{"-p: " + prompt.failure().message};
  if (!options.isChat)
    print(options.prompt);
  TextEnd end = generator.continueText(*prompt, print);
  print("\n");
  if (end == TextEnd::Context)
    note(describeFullContext(session.getModel()));
  if (options.showsSpeed)
    note(generator.getSpeed().describe());
  return std::nullopt;
}

/// Of OpenMP; null in a program that has no use for it.
extern "C" __attribute__((weak)) void omp_set_num_threads(int count);

static MaybeFailure setThreads(int32_t count) {
  if (omp_set_num_threads && count > 0)
    omp_set_num_threads(count);
  else if (count > 1)
    return Failure{"--threads: the program was made without --openmp"};
  return std::nullopt;
}

/// The main function of a program.
extern "C" int smelt_text_program(const CompiledModel *model, int argc,
                                  char **argv) {
  const char *program = argc > 0 ? argv[0] : "program";
  for (int i = 1; i < argc; ++i)
    if (std::strcmp(argv[i], "--help") == 0)
      return printHelp(program);
  TextOptions options;
  if (MaybeFailure failure = readArguments(argc, argv, options))
    return fail(program, failure->message);
  if (MaybeFailure failure = setThreads(options.threads))
    return fail(program, failure->message);
  readConstantsInHugePages(model);
  Result<TokenizerDefinition> definition =
      deserialize({reinterpret_cast<const char *>(model->tokenizer),
                   model->tokenizer_size});
  if (!definition)
    return fail(program, definition.failure().message);
  Result<Tokenizer> tokenizer = Tokenizer::create(std::move(*definition));
  if (!tokenizer)
    return fail(program, tokenizer.failure().message);
  std::unique_ptr<void, decltype(&std::free)> memory(
      std::aligned_alloc(64, Session::getMemorySize(*model)), &std::free);
  if (!memory)
    return fail(program, "out of memory");
  Session session(*model, memory.get());
  session.reset();
  if (MaybeFailure failure = generate(program, options, *tokenizer, session))
    return fail(program, failure->message);
  return std::ferror(stdout) ? fail(program, "cannot write the text") : 0;
}
