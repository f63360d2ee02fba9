//===- QuantizationConfig.cpp -----------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConfigSections.h"
#include "llvm/ADT/STLExtras.h"

using namespace smelt::hf;
using namespace llvm;

bool LinearQuantization::converts(StringRef module) const {
  return none_of(unconverted, [&](const std::string &name) {
    return !name.empty() && module.contains(name);
  });
}

bool smelt::hf::namesRotation(StringRef name) {
  return name == "prism" || name.starts_with("prism.") ||
         name.contains_insensitive("hadamard");
}

void smelt::hf::reportRotation(StringRef file, const Twine &subject,
                               Report &report) {
  report.error(file, subject + " says that weights are in a rotated basis, "
                               "which is not supported; use the model before "
                               "its rotation");
}

static void refuseRotation(const json::Value &value, StringRef file,
                           const std::string &prefix, Report &report);

static void refuseRotation(const json::Object &object, StringRef file,
                           const std::string &prefix, Report &report) {
  for (const auto &[key, value] : object) {
    std::string path = prefix + StringRef(key).str();
    if (namesRotation(key))
      reportRotation(file, "'" + path + "'", report);
    else
      refuseRotation(value, file, path + ".", report);
  }
}

static void refuseRotation(const json::Value &value, StringRef file,
                           const std::string &prefix, Report &report) {
  if (const json::Object *object = value.getAsObject())
    refuseRotation(*object, file, prefix, report);
  else if (const json::Array *array = value.getAsArray())
    for (const json::Value &each : *array)
      refuseRotation(each, file, prefix, report);
}

void smelt::hf::refuseRotatedWeights(const json::Object &object, StringRef file,
                                     Report &report) {
  refuseRotation(object, file, "", report);
}

/// 1bitLLM's layers have no `quantization_config`; they always round weights
/// and inputs when they are used.
static LinearQuantization readOneBitLLM(const ConfigReader &config) {
  // The keys hold the number of bits, and the code knows only these.
  config.integer("weight_bits", 1, 1);
  config.integer("input_bits", 8, 8);
  LinearQuantization quantization;
  quantization.form = LinearForm::Online;
  return quantization;
}

/// One of two strings; whether it is the second, or nothing after an error.
static std::optional<bool> readChoice(const ConfigReader &section,
                                      StringRef key, StringRef first,
                                      StringRef second) {
  StringRef value = section.string(key).value_or(first);
  if (value == first || value == second)
    return value == second;
  section.error(key, "is '" + value + "', but must be '" + first + "' or '" +
                         second + "'");
  return std::nullopt;
}

std::optional<LinearQuantization>
smelt::hf::readLinearQuantization(const ConfigReader &config,
                                  Architecture architecture) {
  if (config.has("compression_config"))
    config.error("compression_config",
                 "is not supported; save the model without compression");
  if (!config.has("quantization_config"))
    return architecture == Architecture::OneBitLLM
               ? std::optional(readOneBitLLM(config))
               : std::nullopt;
  std::optional<ConfigReader> section = config.child("quantization_config");
  if (!section)
    return std::nullopt;
  std::optional<StringRef> method = section->string("quant_method");
  if (!method || *method != "bitnet") {
    if (method)
      section->error("quant_method",
                     "'" + *method +
                         "' is not supported; supported is 'bitnet'. Save the "
                         "model with dequantized weights");
    else if (!section->has("quant_method"))
      section->error("quant_method", "is missing; supported is 'bitnet'");
    return std::nullopt;
  }
  LinearQuantization quantization;
  std::optional<bool> multiplies =
      readChoice(*section, "linear_class", "bitlinear", "autobitlinear");
  std::optional<bool> isOnline =
      readChoice(*section, "quantization_mode", "offline", "online");
  quantization.form = isOnline.value_or(false)     ? LinearForm::Online
                      : multiplies.value_or(false) ? LinearForm::Multiplied
                                                   : LinearForm::Divided;
  if (isOnline.value_or(false) && !multiplies.value_or(true))
    section->error("quantization_mode", "'online' contradicts 'linear_class' "
                                        "'bitlinear', which has no such mode");
  quantization.hasInputNorm = section->boolean("use_rms_norm").value_or(false);
  quantization.inputNormEpsilon =
      section->number("rms_norm_eps", 1e-30, 1).value_or(1e-6);
  auto unconverted = section->strings("modules_to_not_convert");
  quantization.unconverted = unconverted.value_or(std::vector<std::string>());
  // Of a head that is converted offline, the tensors tell.
  if (unconverted && isOnline.value_or(false) &&
      quantization.converts("lm_head"))
    section->error("modules_to_not_convert",
                   "lacks 'lm_head'; transformers would round the head to "
                   "ternary weights, which is not supported. Add it if the "
                   "head was trained with floats");
  return quantization;
}
