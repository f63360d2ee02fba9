//===- RotaryConfig.cpp -----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConfigSections.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace smelt::hf;
using namespace llvm;

static constexpr double maxFactor = 1e6;
/// Beyond it the scores of the attention leave its fixed-point form.
static constexpr double maxAttentionFactor = 1000;
static constexpr double maxContext = 1 << 27;
/// The frequencies of lower bases would hardly differ.
static constexpr double minTheta = 1.001;
static constexpr double maxTheta = 1e15;

/// The default of transformers' configuration classes.
static double defaultTheta(Architecture architecture) {
  return architecture == Architecture::BitNet ? 500000 : 10000;
}

/// The type of scaling under its name or its former name, which must agree.
static std::optional<RotaryScaling> readScaling(const ConfigReader &section) {
  std::optional<StringRef> type = section.string("rope_type");
  std::optional<StringRef> former = section.string("type");
  if (type && former && *type != *former) {
    section.error("rope_type", "is '" + *type + "', but 'type' is '" + *former +
                                   "'; remove one of them");
    return std::nullopt;
  }
  StringRef key = type || !former ? "rope_type" : "type";
  StringRef name = type ? *type : former ? *former : "default";
  auto scaling = StringSwitch<std::optional<RotaryScaling>>(name)
                     .Case("default", RotaryScaling::None)
                     .Case("linear", RotaryScaling::Linear)
                     .Case("llama3", RotaryScaling::Llama3)
                     .Case("yarn", RotaryScaling::Yarn)
                     .Default(std::nullopt);
  if (!scaling)
    section.error(key, "'" + name +
                           "' is not supported; supported are 'default', "
                           "'linear', 'llama3' and 'yarn'");
  return scaling;
}

static void readLlama3(const ConfigReader &section, RotaryEmbedding &rotary) {
  rotary.factor =
      section.requiredNumber("factor", 1, maxFactor).value_or(rotary.factor);
  rotary.originalContext =
      section.requiredNumber("original_max_position_embeddings", 1, maxContext)
          .value_or(1);
  std::optional<double> low =
      section.requiredNumber("low_freq_factor", 1e-6, maxFactor);
  std::optional<double> high =
      section.requiredNumber("high_freq_factor", 1e-6, maxFactor);
  if (low && high && *low >= *high)
    section.error("low_freq_factor", "is not below 'high_freq_factor'");
  rotary.lowFrequencyFactor = low.value_or(1);
  rotary.highFrequencyFactor = high.value_or(4);
}

static void checkAttentionFactor(const ConfigReader &section,
                                 const RotaryEmbedding &rotary) {
  double factor = rotary.attentionFactor();
  if (factor >= 1 / maxAttentionFactor && factor <= maxAttentionFactor)
    return;
  section.error(rotary.givenAttentionFactor ? "attention_factor" : "mscale",
                "makes the attention's factor " + formatNumber(factor) +
                    "; from " + formatNumber(1 / maxAttentionFactor) + " to " +
                    formatNumber(maxAttentionFactor) + " is supported");
}

static void readYarn(const ConfigReader &section, RotaryEmbedding &rotary,
                     std::optional<int64_t> contextLength) {
  std::optional<double> original =
      section.number("original_max_position_embeddings", 1, maxContext);
  rotary.originalContext =
      original.value_or(static_cast<double>(contextLength.value_or(1)));
  if (section.has("factor") || !original || !contextLength) {
    rotary.factor = section.requiredNumber("factor", 1, maxFactor).value_or(1);
    if (original && contextLength &&
        rotary.factor * *original != static_cast<double>(*contextLength))
      section.warning("factor",
                      "times 'original_max_position_embeddings' is not "
                      "'max_position_embeddings'; the factor is used");
  } else {
    rotary.factor = static_cast<double>(*contextLength) / *original;
  }
  rotary.givenAttentionFactor =
      section.number("attention_factor", 0, maxFactor);
  rotary.mscale = section.number("mscale", 0, maxFactor).value_or(0);
  rotary.mscaleAllDim =
      section.number("mscale_all_dim", 0, maxFactor).value_or(0);
  rotary.truncatesRamp = section.boolean("truncate").value_or(true);
  // transformers takes 0 for absent.
  auto orDefault = [&](StringRef key, double fallback) {
    double value = section.number(key, 0, maxFactor).value_or(0);
    return value == 0 ? fallback : value;
  };
  rotary.betaFast = orDefault("beta_fast", 32);
  rotary.betaSlow = orDefault("beta_slow", 1);
  if (rotary.betaFast <= rotary.betaSlow)
    section.error("beta_fast", "is not above 'beta_slow'");
  checkAttentionFactor(section, rotary);
}

/// Warns of keys that have no meaning here.
static void checkKeys(const ConfigReader &section, RotaryScaling scaling) {
  std::vector<StringRef> known = {"rope_type", "type", "rope_theta",
                                  "partial_rotary_factor"};
  if (scaling != RotaryScaling::None)
    known.push_back("factor");
  if (scaling == RotaryScaling::Llama3 || scaling == RotaryScaling::Yarn)
    known.push_back("original_max_position_embeddings");
  if (scaling == RotaryScaling::Llama3)
    append_range(known,
                 ArrayRef<StringRef>{"low_freq_factor", "high_freq_factor"});
  if (scaling == RotaryScaling::Yarn)
    append_range(known, ArrayRef<StringRef>{"attention_factor", "mscale",
                                            "mscale_all_dim", "beta_fast",
                                            "beta_slow", "truncate"});
  std::vector<std::string> unknown;
  for (const auto &entry : section.getObject())
    if (!is_contained(known, StringRef(entry.first)))
      unknown.push_back(StringRef(entry.first).str());
  sort(unknown);
  for (const std::string &key : unknown)
    section.warning(key, "has no meaning for this type of scaling and is "
                         "ignored");
}

/// Rotating only a part of each head is not supported.
static void checkPartial(const ConfigReader &section) {
  std::optional<double> part = section.number("partial_rotary_factor", 0, 1);
  if (part && *part != 1)
    section.error("partial_rotary_factor",
                  "other than 1 is not supported by Smelt");
}

static void readSection(const ConfigReader &section, RotaryEmbedding &rotary,
                        std::optional<int64_t> contextLength) {
  std::optional<RotaryScaling> scaling = readScaling(section);
  if (!scaling)
    return;
  rotary.scaling = *scaling;
  if (*scaling == RotaryScaling::Linear)
    rotary.factor = section.requiredNumber("factor", 1, maxFactor).value_or(1);
  else if (*scaling == RotaryScaling::Llama3)
    readLlama3(section, rotary);
  else if (*scaling == RotaryScaling::Yarn)
    readYarn(section, rotary, contextLength);
  checkPartial(section);
  checkKeys(section, *scaling);
}

RotaryEmbedding
smelt::hf::readRotaryEmbedding(const ConfigReader &config,
                               Architecture architecture,
                               std::optional<int64_t> contextLength) {
  RotaryEmbedding rotary;
  checkPartial(config);
  std::optional<double> theta = config.number("rope_theta", minTheta, maxTheta);
  std::optional<ConfigReader> parameters = config.child("rope_parameters");
  std::optional<ConfigReader> former = config.child("rope_scaling");
  if (parameters && former && parameters->getObject() != former->getObject())
    config.error("rope_scaling",
                 "contradicts 'rope_parameters'; remove one of them");
  const ConfigReader *section = parameters ? &*parameters
                                : former   ? &*former
                                           : nullptr;
  if (section) {
    std::optional<double> inner =
        section->number("rope_theta", minTheta, maxTheta);
    if (theta && inner && *theta != *inner)
      section->error("rope_theta", "contradicts 'rope_theta' beside it");
    theta = inner ? inner : theta;
  }
  rotary.theta = theta.value_or(defaultTheta(architecture));
  if (section)
    readSection(*section, rotary, contextLength);
  return rotary;
}
