//===- BenchReport.cpp ------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Driver/BenchReport.h"
#include "smelt/Driver/Diagnostics.h"
#include "smelt/Support/OutputFiles.h"
#include "smelt/Support/Table.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/TargetParser/Host.h"

using namespace mlir;
using namespace smelt;

static constexpr double kMicro = 1e-6, kGiga = 1e9;

static std::string formatFixed(double value, int digits) {
  return digits == 1 ? llvm::formatv("{0:F1}", value).str()
                     : llvm::formatv("{0:F2}", value).str();
}

static double divide(double value, double by) {
  return by > 0 ? value / by : 0;
}

static ProfileRow addUp(ArrayRef<ProfileRow> rows) {
  ProfileRow sum;
  sum.name = "total";
  for (const ProfileRow &row : rows) {
    sum.calls += row.calls;
    sum.seconds += row.seconds;
    sum.weightBytes += row.weightBytes;
    sum.operations += row.operations;
  }
  return sum;
}

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

static void addRow(Table &table, const ProfileRow &row, double total,
                   double bandwidth) {
  std::vector<std::string> cells = {
      row.name.empty() ? "(no layer)" : row.name, formatCount(row.calls),
      formatFixed(row.seconds / row.calls / kMicro, 2),
      formatFixed(row.seconds / kMicro, 1),
      formatFixed(100 * divide(row.seconds, total), 1) + " %"};
  double read = divide(row.weightBytes, row.seconds);
  if (row.weightBytes) {
    cells.push_back(formatCount(row.weightBytes));
    cells.push_back(formatFixed(read / kGiga, 2));
    cells.push_back(
        bandwidth > 0 ? formatFixed(100 * read / bandwidth, 1) + " %" : "");
  } else {
    cells.resize(cells.size() + 3);
  }
  if (row.operations)
    cells.push_back(
        formatFixed(divide(row.operations, row.seconds) / kGiga, 1));
  table.addRow(std::move(cells));
}

static void printProfile(const FunctionProfile &profile, double bandwidth,
                         StringRef title) {
  Table table({title.str(), ">calls", ">µs/call", ">µs", ">share",
               ">weight bytes", ">GB/s", ">of memory", ">GOP/s"});
  ProfileRow sum = addUp(profile.rows);
  for (const ProfileRow &row : profile.rows)
    addRow(table, row, sum.seconds, bandwidth);
  if (sum.calls)
    addRow(table, sum, sum.seconds, bandwidth);
  llvm::outs() << "\n" << profile.description << ", by " << title << ":\n";
  table.print(llvm::outs());
}

/// How many tokens could be decoded in the time of a pass with drafts.
static double getVerifyCost(const TextTimes &times) {
  return times.verifySeconds * times.decodeTokensPerSecond;
}

static void printText(const TextTimes &times, const BenchOptions &options) {
  llvm::outs() << "decode: " << formatFixed(times.decodeTokensPerSecond, 1)
               << " tokens/s (" << options.tokens << " tokens after "
               << options.promptTokens << ")\n";
  llvm::outs() << "prefill: " << formatFixed(times.prefillTokensPerSecond, 1)
               << " tokens/s (" << times.prefillTokens << " tokens, ";
  if (times.blockSize)
    llvm::outs() << "in blocks of " << times.blockSize << ")\n";
  else
    llvm::outs() << "one by one)\n";
  llvm::outs() << "first token: "
               << formatFixed(1e3 * times.firstTokenSeconds, 1)
               << " ms (of a prompt of " << options.promptTokens
               << " tokens)\n";
  if (times.verifySize == 0)
    return;
  llvm::outs() << "drafts: " << formatFixed(1e3 * times.verifySeconds, 1)
               << " ms a pass of a "
               << "token and " << times.verifySize - 1 << " drafts, as long as "
               << formatFixed(getVerifyCost(times), 2) << " tokens\n";
}

static void print(const BenchReport &report, const BenchOptions &options) {
  if (report.text)
    printText(*report.text, options);
  if (report.secondsPerCall)
    llvm::outs() << "call: " << formatFixed(*report.secondsPerCall / kMicro, 2)
                 << " µs\n";
  llvm::outs() << "compile: " << formatFixed(report.compileSeconds, 2)
               << " s\n";
  int64_t threads = std::max<int64_t>(options.model.threads, 1);
  if (report.readBandwidth > 0)
    llvm::outs() << "memory: " << formatFixed(report.readBandwidth / kGiga, 1)
                 << " GB/s read by " << threads
                 << (threads == 1 ? " thread\n" : " threads\n");
  for (const FunctionProfile &profile : report.profiles)
    printProfile(profile, report.readBandwidth,
                 options.byLayer ? "layer" : "kernel");
}

//===----------------------------------------------------------------------===//
// JSON
//===----------------------------------------------------------------------===//

static llvm::json::Object describeAsJSON(const FunctionProfile &profile,
                                         const BenchOptions &options,
                                         double bandwidth) {
  llvm::json::Array rows;
  double total = addUp(profile.rows).seconds;
  for (const ProfileRow &row : profile.rows) {
    double read = divide(row.weightBytes, row.seconds);
    rows.push_back(llvm::json::Object{
        {options.byLayer ? "layer" : "kernel", row.name},
        {"calls", row.calls},
        {"microseconds", row.seconds / kMicro},
        {"share", divide(row.seconds, total)},
        {"weight_bytes", row.weightBytes},
        {"gb_per_second", read / kGiga},
        {"bandwidth_share", divide(read, bandwidth)},
        {"operations", row.operations},
        {"gop_per_second", divide(row.operations, row.seconds) / kGiga}});
  }
  return llvm::json::Object{{"function", profile.name},
                            {"microseconds", total / kMicro},
                            {"rows", std::move(rows)}};
}

static llvm::json::Object describeAsJSON(const BenchReport &report,
                                         const BenchOptions &options) {
  llvm::json::Array profiles;
  for (const FunctionProfile &profile : report.profiles)
    profiles.push_back(describeAsJSON(profile, options, report.readBandwidth));
  llvm::json::Object object{
      {"model", options.model.path},
      {"strategy", options.model.strategy},
      {"cpu", options.machine.cpu},
      {"processor", llvm::sys::getHostCPUName()},
      {"threads", std::max<int64_t>(options.model.threads, 1)},
      {"repetitions", options.repetitions},
      {"compile_seconds", report.compileSeconds},
      {"read_gb_per_second", report.readBandwidth / kGiga},
      {"profiles", std::move(profiles)}};
  if (report.secondsPerCall)
    object["microseconds_per_call"] = *report.secondsPerCall / kMicro;
  if (!report.text)
    return object;
  const TextTimes &times = *report.text;
  object["context"] = times.contextLength;
  object["block"] = times.blockSize;
  object["prompt_tokens"] = options.promptTokens;
  object["tokens"] = options.tokens;
  object["prefill_tokens"] = times.prefillTokens;
  object["decode_tokens_per_second"] = times.decodeTokensPerSecond;
  object["prefill_tokens_per_second"] = times.prefillTokensPerSecond;
  object["first_token_seconds"] = times.firstTokenSeconds;
  if (times.verifySize == 0)
    return object;
  object["drafts"] = times.verifySize - 1;
  object["seconds_per_pass"] = times.verifySeconds;
  object["tokens_per_pass_time"] = getVerifyCost(times);
  return object;
}

static LogicalResult writeJSON(const BenchReport &report,
                               const BenchOptions &options) {
  llvm::json::Value value = describeAsJSON(report, options);
  OutputFiles files;
  llvm::Error error =
      files.add(options.json, llvm::formatv("{0:2}\n", value).str());
  if (!error)
    error = files.commit();
  return error ? reportError("", std::move(error)) : success();
}

LogicalResult smelt::showReport(const BenchReport &report,
                                const BenchOptions &options) {
  if (!options.json.empty() && failed(writeJSON(report, options)))
    return failure();
  print(report, options);
  return success();
}
