//===- EvalText.cpp ---------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Driver/Commands.h"
#include "smelt/Driver/Dataset.h"
#include "smelt/Driver/Diagnostics.h"
#include "smelt/Driver/TextModel.h"
#include "smelt/Support/Table.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include <cmath>
#include <cstring>

using namespace mlir;
using namespace smelt;
using namespace smelt::runtime;

namespace {
using Sequence = std::vector<int32_t>;

/// Sums over the positions of a text.
struct TextStatistics {
  int64_t tokens = 0, predictions = 0, sameChoices = 0;
  double lossInteger = 0, lossReference = 0, divergence = 0, cosine = 0;
  /// How far the reference's choice is before its second, at most, where the
  /// choices differ.
  double largestMargin = 0;

  double getPerplexity() const { return std::exp(lossInteger / predictions); }
  double getReferencePerplexity() const {
    return std::exp(lossReference / predictions);
  }
};
} // namespace

/// Reads `[{"ids": [...]}, ...]`.
static FailureOr<std::vector<Sequence>> readSequences(StringRef path,
                                                      StringRef contents) {
  llvm::Expected<llvm::json::Value> value = llvm::json::parse(contents);
  if (!value)
    return reportError(path, value.takeError());
  const llvm::json::Array *list = value->getAsArray();
  if (!list)
    return reportError(path, "is no list of sequences, {\"ids\": [...]}");
  std::vector<Sequence> sequences;
  for (const llvm::json::Value &entry : *list) {
    const llvm::json::Object *object = entry.getAsObject();
    const llvm::json::Array *ids = object ? object->getArray("ids") : nullptr;
    if (!ids)
      return reportError(path, "sequence " + Twine(sequences.size()) +
                                   " has no list 'ids'");
    Sequence sequence;
    for (const llvm::json::Value &id : *ids) {
      std::optional<int64_t> number = id.getAsInteger();
      if (!number)
        return reportError(path, "sequence " + Twine(sequences.size()) +
                                     " has an id that is no whole number");
      if (!llvm::isInt<32>(*number))
        return reportError(path, "sequence " + Twine(sequences.size()) +
                                     " has an id that is too large");
      sequence.push_back(static_cast<int32_t>(*number));
    }
    sequences.push_back(std::move(sequence));
  }
  return sequences;
}

/// Cuts the tokens of a text into windows of the context's length.
static FailureOr<std::vector<Sequence>> tokenize(StringRef path,
                                                 StringRef contents,
                                                 StringRef folder,
                                                 int64_t contextLength) {
  FailureOr<Tokenizer> tokenizer = readTokenizer(folder);
  if (failed(tokenizer))
    return failure();
  const std::vector<TokenId> &prefix = tokenizer->definition().prefix;
  EncodeOptions options;
  options.addPrefix = false;
  options.parseSpecial = false;
  Result<std::vector<TokenId>> ids = tokenizer->encode(
      std::string_view(contents.data(), contents.size()), options);
  if (!ids)
    return reportError(path, ids.failure().message);
  int64_t room = contextLength - static_cast<int64_t>(prefix.size());
  if (room < 1)
    return reportError(path, "leaves no room in a context of " +
                                 Twine(contextLength) + " tokens");
  std::vector<Sequence> windows;
  for (ArrayRef<TokenId> rest = *ids; !rest.empty();) {
    ArrayRef<TokenId> part = rest.take_front(room);
    Sequence window(prefix.begin(), prefix.end());
    window.insert(window.end(), part.begin(), part.end());
    windows.push_back(std::move(window));
    rest = rest.drop_front(part.size());
  }
  return windows;
}

static void limitTo(std::vector<Sequence> &sequences, int64_t tokens) {
  for (Sequence &sequence : sequences) {
    if (static_cast<int64_t>(sequence.size()) > tokens)
      sequence.resize(tokens);
    tokens -= sequence.size();
  }
  llvm::erase_if(sequences, [](const Sequence &s) { return s.empty(); });
}

static LogicalResult checkSequences(StringRef path,
                                    ArrayRef<Sequence> sequences,
                                    int64_t contextLength, int64_t vocabulary) {
  bool predicts = false;
  for (auto [index, sequence] : llvm::enumerate(sequences)) {
    predicts |= sequence.size() > 1;
    if (static_cast<int64_t>(sequence.size()) > contextLength)
      return reportError(path, "sequence " + Twine(index) + " has " +
                                   Twine(sequence.size()) +
                                   " tokens, but the model's context has room "
                                   "for " +
                                   Twine(contextLength));
    for (int64_t id : sequence)
      if (id < 0 || id >= vocabulary)
        return reportError(path, "has token " + Twine(id) +
                                     ", but the model has " +
                                     Twine(vocabulary) + " tokens, from 0 on");
  }
  if (!predicts)
    return reportError(path, "has no token after another one");
  return success();
}

static FailureOr<HostTensor> readReference(StringRef path, int64_t positions,
                                           int64_t vocabulary) {
  FailureOr<std::vector<NamedTensor>> tensors = readTensors(path);
  if (failed(tensors))
    return failure();
  if (tensors->size() != 1)
    return reportError(path, "logits are read from a file of one array");
  HostTensor &tensor = tensors->front().tensor;
  if (tensor.kind != ElementKind::F32)
    return reportError(path, "logits are float32, not " +
                                 getElementName(tensor.kind));
  if (tensor.shape.size() != 2 || tensor.shape[0] < positions ||
      tensor.shape[1] != vocabulary)
    return reportError(path, "logits have the shape " +
                                 formatShape(tensor.shape) + ", not " +
                                 Twine(positions) + "x" + Twine(vocabulary) +
                                 " for the positions and the vocabulary");
  int64_t count = positions * vocabulary;
  if (!llvm::all_of(tensor.getValues<float>().take_front(count),
                    [](float value) { return std::isfinite(value); }))
    return reportError(path, "has logits that are not finite");
  return std::move(tensor);
}

/// Logarithms of the probabilities.
static std::vector<double> logSoftmax(ArrayRef<double> logits) {
  double largest = *llvm::max_element(logits), sum = 0;
  for (double logit : logits)
    sum += std::exp(logit - largest);
  double shift = largest + std::log(sum);
  std::vector<double> result;
  for (double logit : logits)
    result.push_back(logit - shift);
  return result;
}

/// The difference of the two greatest.
static double getMargin(ArrayRef<double> logits) {
  double first = -std::numeric_limits<double>::infinity(), second = first;
  for (double logit : logits) {
    second = std::max(second, std::min(first, logit));
    first = std::max(first, logit);
  }
  return first - second;
}

static void compare(ArrayRef<double> integer, ArrayRef<double> reference,
                    std::optional<int64_t> next, TextStatistics &statistics) {
  std::vector<double> p = logSoftmax(reference), q = logSoftmax(integer);
  if (llvm::max_element(integer) - integer.begin() ==
      llvm::max_element(reference) - reference.begin())
    ++statistics.sameChoices;
  else
    statistics.largestMargin =
        std::max(statistics.largestMargin, getMargin(reference));
  double product = 0, normInteger = 0, normReference = 0;
  for (size_t i = 0; i < p.size(); ++i) {
    statistics.divergence += std::exp(p[i]) * (p[i] - q[i]);
    product += integer[i] * reference[i];
    normInteger += integer[i] * integer[i];
    normReference += reference[i] * reference[i];
  }
  double norms = std::sqrt(normInteger) * std::sqrt(normReference);
  statistics.cosine += norms > 0 ? product / norms : 0;
  if (next)
    statistics.lossReference -= p[*next];
}

/// Reads the sequences one after another, token by token.
static TextStatistics measure(TextModel &model, ArrayRef<Sequence> sequences,
                              const HostTensor *reference) {
  const CompiledModel &compiled = model.getCompiled();
  int64_t vocabulary = compiled.vocabulary_size;
  TextStatistics statistics;
  std::vector<double> logits(vocabulary), expected(vocabulary);
  for (const Sequence &sequence : sequences) {
    Session &session = model.beginSession();
    for (size_t position = 0; position < sequence.size(); ++position) {
      session.read(&sequence[position], 1);
      for (int64_t i = 0; i < vocabulary; ++i)
        logits[i] = session.getLogits()[i] * compiled.logit_scale;
      std::optional<int64_t> next;
      if (position + 1 < sequence.size()) {
        next = sequence[position + 1];
        statistics.lossInteger -= logSoftmax(logits)[*next];
        ++statistics.predictions;
      }
      if (reference) {
        for (int64_t i = 0; i < vocabulary; ++i)
          expected[i] =
              reference->getElement(statistics.tokens * vocabulary + i);
        compare(logits, expected, next, statistics);
      }
      ++statistics.tokens;
    }
  }
  return statistics;
}

static std::string format(const char *pattern, double value) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format(pattern, value);
  return text;
}

static void printText(const TextStatistics &statistics, int64_t sequences,
                      bool hasReference) {
  llvm::outs() << formatCount(statistics.tokens) << " tokens in "
               << formatCount(sequences) << " sequences\n";
  std::vector<std::string> titles{">perplexity"};
  std::vector<std::string> cells{format("%.4f", statistics.getPerplexity())};
  if (hasReference) {
    double n = statistics.tokens;
    titles.insert(titles.end(),
                  {">reference's", ">same answer", ">largest margin of others",
                   ">mean divergence", ">mean cosine"});
    cells.insert(cells.end(),
                 {format("%.4f", statistics.getReferencePerplexity()),
                  format("%.2f %%", 100 * statistics.sameChoices / n),
                  format("%.4f", statistics.largestMargin),
                  format("%.6f", statistics.divergence / n),
                  format("%.6f", statistics.cosine / n)});
  }
  Table table(std::move(titles));
  table.addRow(std::move(cells));
  table.print(llvm::outs());
}

static void printJSON(const TextStatistics &statistics, int64_t sequences,
                      bool hasReference) {
  llvm::json::Object result{{"tokens", statistics.tokens},
                            {"sequences", sequences},
                            {"perplexity", statistics.getPerplexity()}};
  if (hasReference) {
    double n = statistics.tokens;
    result["reference_perplexity"] = statistics.getReferencePerplexity();
    result["top1_agreement"] = statistics.sameChoices / n;
    result["largest_margin_of_disagreements"] = statistics.largestMargin;
    result["mean_kl_divergence"] = statistics.divergence / n;
    result["mean_cosine"] = statistics.cosine / n;
  }
  llvm::outs() << llvm::formatv("{0:2}", llvm::json::Value(std::move(result)))
               << "\n";
}

/// The sequences of a file, as many tokens of them as are asked for.
static FailureOr<std::vector<Sequence>> readText(const EvalOptions &options,
                                                 const CompiledModel &model) {
  llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> file =
      llvm::MemoryBuffer::getFile(options.text);
  if (!file)
    return reportError(options.text, file.getError().message());
  StringRef contents = (*file)->getBuffer();
  FailureOr<std::vector<Sequence>> sequences =
      StringRef(options.text).ends_with(".json")
          ? readSequences(options.text, contents)
          : tokenize(options.text, contents, options.model.path,
                     model.context_length);
  if (failed(sequences))
    return failure();
  if (options.limit)
    limitTo(*sequences, options.limit);
  if (failed(checkSequences(options.text, *sequences, model.context_length,
                            model.vocabulary_size)))
    return failure();
  return sequences;
}

LogicalResult smelt::runTextEval(const EvalOptions &options,
                                 MLIRContext *context) {
  FailureOr<std::unique_ptr<TextModel>> model =
      TextModel::create(options.model, context);
  if (failed(model))
    return failure();
  const CompiledModel &compiled = (*model)->getCompiled();
  FailureOr<std::vector<Sequence>> sequences = readText(options, compiled);
  if (failed(sequences))
    return failure();
  int64_t positions = 0;
  for (const Sequence &sequence : *sequences)
    positions += sequence.size();
  std::optional<HostTensor> reference;
  if (!options.reference.empty()) {
    FailureOr<HostTensor> read =
        readReference(options.reference, positions, compiled.vocabulary_size);
    if (failed(read))
      return failure();
    if (!options.limit && read->shape[0] != positions)
      return reportError(options.reference,
                         "has logits of " + Twine(read->shape[0]) +
                             " positions, but the text has " +
                             Twine(positions) + " tokens");
    reference = std::move(*read);
  }
  TextStatistics statistics =
      measure(**model, *sequences, reference ? &*reference : nullptr);
  (options.json ? printJSON : printText)(statistics, sequences->size(),
                                         reference.has_value());
  return success();
}
