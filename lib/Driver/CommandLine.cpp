//===- CommandLine.cpp ------------------------------------------*- C++ -*-===//
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
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/raw_ostream.h"

using namespace smelt;
using llvm::StringRef;

std::optional<Stage> smelt::symbolizeStage(StringRef name) {
  return llvm::StringSwitch<std::optional<Stage>>(name)
      .Case("import", Stage::Import)
      .Case("float", Stage::Float)
      .Case("weights", Stage::Weights)
      .Case("activations", Stage::Activations)
      .Case("integer", Stage::Integer)
      .Case("loops", Stage::Loops)
      .Case("emitc", Stage::EmitC)
      .Case("llvm", Stage::LLVM)
      .Default(std::nullopt);
}

StringRef smelt::stringifyStage(Stage stage) {
  switch (stage) {
  case Stage::Import:
    return "import";
  case Stage::Float:
    return "float";
  case Stage::Weights:
    return "weights";
  case Stage::Activations:
    return "activations";
  case Stage::Integer:
    return "integer";
  case Stage::Loops:
    return "loops";
  case Stage::EmitC:
    return "emitc";
  case Stage::LLVM:
    return "llvm";
  }
  return "";
}

//===----------------------------------------------------------------------===//
// Commands
//===----------------------------------------------------------------------===//

static void addCompile(CLI::App &main, CompileOptions &options) {
  CLI::App &app = *main.add_subcommand(
      "compile", "Make integer C or native code of a model");
  addModelOptions(app, options.model);
  app.add_option("-o,--output", options.output,
                 "The file to make. Its ending says what: .c (with a .h), .o, "
                 ".a, .so, .s, .ll, .mlir; none makes an executable")
      ->type_name("FILE");
  app.add_option("--name", options.model.name,
                 "Name of the compiled function (the model's file name)")
      ->check(CLI::Validator(
          [](std::string &value) -> std::string {
            StringRef name = value;
            bool isValid = !name.empty() && !llvm::isDigit(name.front()) &&
                           llvm::all_of(name, [](char c) {
                             return llvm::isAlnum(c) || c == '_';
                           });
            return isValid ? "" : "'" + value + "' is no C identifier";
          },
          "NAME"));
  app.add_flag("--openmp", options.model.sharesWork,
               "Share the work of each layer among the threads of OpenMP");
  addMachineOptions(app, options.machine);
  addPasses(app, options.model);
  app.add_option_function<std::string>(
         "--until",
         [&](const std::string &value) {
           options.until = symbolizeStage(value);
         },
         "Stop after a stage and write it as MLIR (to standard output "
         "without -o)")
      ->check(choice({"import", "float", "weights", "activations", "integer",
                      "loops", "emitc", "llvm"}))
      ->group("Stages");
  app.add_option("--blob", options.blobThreshold,
                 "Write weights of at least so many bytes not into the .c but "
                 "into a .weights file beside it")
      ->check(atLeast(1))
      ->type_name("BYTES");
  addPlacement(app, options.placement);
  addBudget(app, options.budget);
  app.add_flag("--print-pipeline", options.printPipeline,
               "Print the passes of each stage, and do not compile")
      ->group("Stages");
  addQuantizationOptions(app, options.model);
}

static void addGenerationOptions(CLI::App &app, RunOptions &options) {
  const char *group = "Language models";
  auto generation = [&]() -> runtime::TextOptions & {
    if (!options.generation)
      options.generation.emplace();
    return *options.generation;
  };
  app.add_option_function<std::string>(
         "-p,--prompt",
         [=](const std::string &value) { generation().prompt = value; },
         "Continue this text, or with --chat answer it")
      ->type_name("TEXT")
      ->group(group);
  app.add_flag_function(
         "--chat", [=](int64_t) { generation().isChat = true; },
         "Put the prompt into the model's form of a conversation")
      ->group(group);
  app.add_flag_function(
         "-i,--interactive",
         [=](int64_t) {
           generation().isChat = true;
           generation().isConversation = true;
         },
         "Answer one line of the standard input after another")
      ->group(group);
  app.add_flag_function(
         "--speed", [=](int64_t) { generation().showsSpeed = true; },
         "Say at the end how fast it was")
      ->group(group);
  app.add_option_function<std::string>(
         "--system",
         [=](const std::string &value) { generation().system = value; },
         "What a conversation begins with")
      ->type_name("TEXT")
      ->group(group);
  auto add = [&](const char *name, auto member, const char *help) {
    using Value = std::decay_t<decltype(generation().sampler.*member)>;
    return app
        .add_option_function<Value>(
            name,
            [=](const Value &value) { generation().sampler.*member = value; },
            help)
        ->group(group);
  };
  app.add_option_function<int64_t>(
         "-n,--length",
         [=](const int64_t &value) { generation().length = value; },
         "Tokens to add at most (256)")
      ->check(atLeast(0))
      ->group(group);
  app.add_option_function<std::vector<std::string>>(
         "--stop",
         [=](const std::vector<std::string> &values) {
           generation().stops = values;
         },
         "End before this text")
      ->type_name("TEXT")
      ->expected(1)
      ->take_all()
      ->group(group);
  using runtime::SamplerOptions;
  add("--temperature", &SamplerOptions::temperature,
      "Divides the logits; 0 takes the most likely token (0)");
  add("--top-k", &SamplerOptions::topK, "Only the K most likely tokens");
  add("--top-p", &SamplerOptions::topP,
      "Only the most likely tokens of this probability together");
  add("--min-p", &SamplerOptions::minP,
      "Only tokens this many times as likely as the most likely one");
  add("--repetition-penalty", &SamplerOptions::repetitionPenalty,
      "Makes tokens that came lately less likely (1: not)");
  add("--seed", &SamplerOptions::seed, "Of the random choices (0)");
}

static void addRun(CLI::App &main, RunOptions &options) {
  CLI::App &app = *main.add_subcommand("run", "Run a model on this machine");
  addModelOptions(app, options.model);
  app.add_option("--input", options.inputs,
                 "Input data: .npy, .npz, or an image (.png, .pgm, .ppm); "
                 "NAME=FILE where the model has several inputs. The first "
                 "dimension may count many samples")
      ->type_name("[NAME=]FILE")
      ->expected(1)
      ->take_all();
  addThreads(app, options.model);
  addPasses(app, options.model);
  addGenerationOptions(app, options);
  app.add_option("-o,--output", options.output,
                 "Write the outputs to this .npy or .npz file")
      ->type_name("FILE");
  app.add_flag("--float", options.isFloat,
               "Run the model as it was imported, in float arithmetic");
  app.add_flag("--raw", options.isRaw,
               "Write the integers of the outputs, not the reals they stand "
               "for; take integer inputs without a range as they are");
  addQuantizationOptions(app, options.model);
}

static void addEval(CLI::App &main, EvalOptions &options) {
  CLI::App &app = *main.add_subcommand(
      "eval", "Compare a model's integer form with its float form");
  addModelOptions(app, options.model);
  CLI::Option *data =
      app.add_option("--data", options.data, "Inputs (.npy or .npz)")
          ->type_name("FILE");
  app.add_option("--labels", options.labels,
                 "The right class of each sample (.npy)")
      ->type_name("FILE")
      ->needs(data);
  CLI::Option *text =
      app.add_option("--text", options.text,
                     "A text that a language model is to predict, or a .json "
                     "of token ids, [{\"ids\": [...]}, ...]")
          ->type_name("FILE")
          ->excludes(data);
  app.add_option("--reference", options.reference,
                 "The float logits at each token of the text (.npy or .npz)")
      ->type_name("FILE")
      ->needs(text);
  addThreads(app, options.model);
  app.add_option("--limit", options.limit,
                 "Use only so many samples, or tokens of the text")
      ->check(atLeast(0));
  app.add_flag("--json", options.json, "Print the result as JSON");
  addQuantizationOptions(app, options.model);
}

static void addInspect(CLI::App &main, InspectOptions &options) {
  CLI::App &app = *main.add_subcommand(
      "inspect", "Show the layers of a model and what they cost");
  addModelOptions(app, options.model);
  app.add_flag("--json", options.json, "Print the result as JSON");
  addMachineOptions(app, options.machine);
  addPasses(app, options.model);
  addPlacement(app, options.placement);
  addBudget(app, options.budget);
  addQuantizationOptions(app, options.model);
}

static void addQuantize(CLI::App &main, QuantizeOptions &options) {
  CLI::App &app = *main.add_subcommand(
      "quantize", "Quantize a model and report the error of each layer");
  addModelOptions(app, options.model);
  app.add_option("-o,--output", options.output,
                 "Write the quantized network to this .mlir file")
      ->type_name("FILE");
  addQuantizationOptions(app, options.model);
}

static void addBenchLengths(CLI::App &app, BenchOptions &options) {
  const char *group = "Language models";
  auto add = [&](const char *name, int64_t &value, int64_t least,
                 const char *help) {
    app.add_option(name, value, help)
        ->check(atLeast(least))
        ->type_name("N")
        ->group(group)
        ->capture_default_str();
  };
  add("--prompt-tokens", options.promptTokens, 1,
      "Tokens that are read before the ones that are timed");
  add("--tokens", options.tokens, 1, "Tokens that are decoded, one by one");
  add("--prefill", options.prefillTokens, 1,
      "Tokens of a prompt that is timed, at most the context");
}

static void addBench(CLI::App &main, BenchOptions &options) {
  options.machine.cpu = "native";
  CLI::App &app = *main.add_subcommand(
      "bench", "Measure how fast a model is on this machine, and its kernels");
  addModelOptions(app, options.model);
  addThreads(app, options.model);
  app.add_option("--repeat", options.repetitions,
                 "Runs of which the median is taken")
      ->check(CLI::Range(1, 1000))
      ->type_name("N")
      ->capture_default_str();
  app.add_option_function<std::string>(
         "--by",
         [&](const std::string &value) { options.byLayer = value == "layer"; },
         "What is a row of the profile (kernel)")
      ->check(choice({"kernel", "layer"}));
  app.add_option("--json", options.json, "Write the result to this file, too")
      ->type_name("FILE");
  addPasses(app, options.model);
  addBenchLengths(app, options);
  addCPUOptions(app, options.machine);
  addQuantizationOptions(app, options.model);
}

static void addTargets(CLI::App &main, TargetsOptions &options) {
  CLI::App &app = *main.add_subcommand(
      "targets", "List the targets that --target knows by name");
  app.add_flag("--json", options.json, "Print the list as JSON");
}

//===----------------------------------------------------------------------===//
// Parsing
//===----------------------------------------------------------------------===//

/// Names the option or command that an unknown argument resembles.
static std::string suggestFor(const CLI::App &main, StringRef argument) {
  std::vector<std::string> names;
  auto addNames = [&](const CLI::App &app) {
    for (const CLI::Option *option : app.get_options())
      for (const std::string &name : option->get_lnames())
        names.push_back("--" + name);
  };
  addNames(main);
  for (const CLI::App *command : main.get_subcommands())
    addNames(*command);
  if (main.get_subcommands().empty())
    for (const CLI::App *command : main.get_subcommands(nullptr))
      names.push_back(command->get_name());
  llvm::SmallVector<StringRef> candidates(names.begin(), names.end());
  return suggest(argument.split('=').first, candidates);
}

static int report(const CLI::App &main, const CLI::ParseError &error) {
  if (error.get_exit_code() == 0)
    return main.exit(error, std::cout, std::cerr);
  std::string message = error.what();
  // A misspelt argument is the cause of what else is missing.
  std::vector<std::string> rest = main.remaining(/*recurse=*/true);
  // What follows an unknown option may be its value, and what follows an
  // unknown command, its options.
  auto unknown = rest.begin();
  if (!main.get_subcommands().empty())
    unknown = llvm::find_if(
        rest, [](StringRef text) { return text.starts_with("-"); });
  if (unknown == rest.end())
    unknown = rest.begin();
  if (unknown != rest.end())
    message =
        "unknown argument '" + *unknown + "'" + suggestFor(main, *unknown);
  llvm::errs() << "smelt: error: " << message << "\n";
  return 1;
}

static std::variant<int, Command> parse(int argc, char **argv) {
  CLI::App app("Compiles ternary neural networks to integer code.", "smelt");
  app.set_version_flag("--version", "smelt 0.1.0");
  app.require_subcommand(1);
  CompileOptions compile;
  RunOptions run;
  EvalOptions eval;
  BenchOptions bench;
  InspectOptions inspect;
  QuantizeOptions quantize;
  TargetsOptions targets;
  addCompile(app, compile);
  addRun(app, run);
  addEval(app, eval);
  addBench(app, bench);
  addInspect(app, inspect);
  addQuantize(app, quantize);
  addTargets(app, targets);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError &error) {
    return report(app, error);
  }
  if (app.got_subcommand("compile"))
    return Command(compile);
  if (app.got_subcommand("run"))
    return Command(run);
  if (app.got_subcommand("eval"))
    return Command(eval);
  if (app.got_subcommand("bench"))
    return Command(bench);
  if (app.got_subcommand("inspect"))
    return Command(inspect);
  if (app.got_subcommand("quantize"))
    return Command(quantize);
  return Command(targets);
}

std::variant<int, Command> smelt::parseCommandLine(int argc, char **argv) {
  try {
    return parse(argc, argv);
  } catch (const std::exception &error) {
    llvm::errs() << "smelt: error: " << error.what() << "\n";
    return 1;
  }
}
