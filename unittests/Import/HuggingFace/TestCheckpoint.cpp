//===- TestCheckpoint.cpp ---------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TestCheckpoint.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"
#include <cstdlib>

using namespace smelt::hf;
using namespace llvm;

TemporaryFolder::TemporaryFolder() {
  SmallString<128> unique;
  EXPECT_FALSE(sys::fs::createUniqueDirectory("smelt-hf", unique));
  path = unique.str().str();
}

TemporaryFolder::~TemporaryFolder() { sys::fs::remove_directories(path); }

std::string TemporaryFolder::getPath(StringRef name) const {
  SmallString<128> full(path);
  if (!name.empty())
    sys::path::append(full, name);
  return full.str().str();
}

void TemporaryFolder::write(StringRef name, StringRef contents) const {
  std::error_code code;
  raw_fd_ostream(getPath(name), code) << contents;
  EXPECT_FALSE(code) << code.message();
}

SafetensorsBuilder &SafetensorsBuilder::add(StringRef name, StringRef type,
                                            ArrayRef<int64_t> shape,
                                            StringRef bytes) {
  raw_string_ostream stream(header);
  stream << ",\"" << name << "\":{\"dtype\":\"" << type << "\",\"shape\":[";
  for (size_t i = 0; i < shape.size(); ++i)
    stream << (i ? "," : "") << shape[i];
  stream << "],\"data_offsets\":[" << data.size() << ","
         << data.size() + bytes.size() << "]}";
  data += bytes;
  return *this;
}

SafetensorsBuilder &SafetensorsBuilder::addF32(StringRef name,
                                               ArrayRef<int64_t> shape,
                                               ArrayRef<float> values) {
  std::string bytes(4 * values.size(), '\0');
  for (size_t i = 0; i < values.size(); ++i)
    support::endian::write32le(&bytes[4 * i], bit_cast<uint32_t>(values[i]));
  return add(name, "F32", shape, bytes);
}

SafetensorsBuilder &SafetensorsBuilder::addBF16(StringRef name,
                                                ArrayRef<int64_t> shape,
                                                ArrayRef<float> values) {
  std::string bytes(2 * values.size(), '\0');
  for (size_t i = 0; i < values.size(); ++i)
    support::endian::write16le(&bytes[2 * i],
                               bit_cast<uint32_t>(values[i]) >> 16);
  return add(name, "BF16", shape, bytes);
}

std::string SafetensorsBuilder::build() const {
  return makeSafetensors(header + "}", data);
}

std::string smelt::hf::makeSafetensors(StringRef header, StringRef data) {
  std::string text(8, '\0');
  support::endian::write64le(text.data(), header.size());
  return text + header.str() + data.str();
}

bool smelt::hf::hasFinding(const Report &report, bool isError, StringRef text) {
  for (const Finding &finding : report.getFindings())
    if (finding.isError == isError && StringRef(finding.message).contains(text))
      return true;
  return false;
}

bool smelt::hf::hasError(const Report &report, StringRef text) {
  return hasFinding(report, true, text);
}

bool smelt::hf::hasWarning(const Report &report, StringRef text) {
  return hasFinding(report, false, text);
}

std::string smelt::hf::format(const Report &report) {
  std::string text;
  for (const Finding &finding : report.getFindings())
    text += finding.file + ": " + (finding.isError ? "error: " : "warning: ") +
            finding.message + "\n";
  return text;
}

std::string smelt::hf::tinyConfig(StringRef architecture, StringRef extra) {
  return (R"({"architectures": [")" + architecture + R"("],
    "hidden_size": 8, "intermediate_size": 12, "num_hidden_layers": 2,
    "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 4,
    "vocab_size": 16, "max_position_embeddings": 32, "rms_norm_eps": 1e-5)" +
          extra + "}")
      .str();
}

/// Numbers that repeat neither in rows nor in columns.
static std::vector<float> makeNumbers(int64_t count, float first) {
  std::vector<float> numbers(count);
  for (int64_t i = 0; i < count; ++i)
    numbers[i] = first + 0.015625f * static_cast<float>(i % 97);
  return numbers;
}

static void addLinear(SafetensorsBuilder &builder,
                      const LinearTensors &linear) {
  if (linear.form == LinearForm::Divided ||
      linear.form == LinearForm::Multiplied) {
    int64_t packedRows = (linear.rows + 3) / 4;
    std::string bytes(packedRows * linear.columns, '\0');
    for (size_t i = 0; i < bytes.size(); ++i)
      for (unsigned shift = 0; shift < 8; shift += 2)
        bytes[i] |= static_cast<char>(((i >> (shift / 2)) % 3) << shift);
    builder.add(linear.module + ".weight", "U8", {packedRows, linear.columns},
                bytes);
    builder.addBF16(linear.module + ".weight_scale", {1}, {0.5f});
  } else {
    builder.addF32(linear.module + ".weight", {linear.rows, linear.columns},
                   makeNumbers(linear.rows * linear.columns, -0.5f));
  }
  if (linear.hasBias)
    builder.addF32(linear.module + ".bias", {linear.rows},
                   makeNumbers(linear.rows, 0.25f));
  if (linear.hasInputNorm)
    builder.addF32(linear.module + ".rms_norm.weight", {linear.columns},
                   makeNumbers(linear.columns, 1));
}

SafetensorsBuilder smelt::hf::tinyTensors(const ModelConfig &config) {
  TransformerTensors tensors = listTensors(config);
  SafetensorsBuilder builder;
  auto addNorm = [&](const NormTensor &norm) {
    builder.addBF16(norm.name, {norm.size}, makeNumbers(norm.size, 1));
  };
  addLinear(builder, tensors.embedding);
  for (const LayerTensors &layer : tensors.layers) {
    addNorm(layer.inputNorm);
    addNorm(layer.postAttentionNorm);
    for (const auto &norm : {layer.attentionSubNorm, layer.mlpSubNorm,
                             layer.queryNorm, layer.keyNorm})
      if (norm)
        addNorm(*norm);
    for (const LinearTensors &linear :
         {layer.query, layer.key, layer.value, layer.output, layer.gate,
          layer.up, layer.down})
      addLinear(builder, linear);
  }
  addNorm(tensors.finalNorm);
  if (!config.tiesHead)
    addLinear(builder, tensors.head);
  return builder;
}

ModelConfig smelt::hf::parseTiny(StringRef architecture, StringRef extra) {
  Report report;
  auto config =
      parseModelConfig(tinyConfig(architecture, extra), "config.json", report);
  EXPECT_TRUE(config.has_value()) << format(report);
  return config.value_or(ModelConfig());
}

std::string smelt::hf::getSharedData() {
  const char *given = std::getenv("SMELT_DATA");
  std::string folder = given ? given : SMELT_SHARED_DATA;
  return sys::fs::is_directory(folder) ? folder : "";
}
