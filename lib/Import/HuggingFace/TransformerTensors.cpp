//===- TransformerTensors.cpp -----------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Import/HuggingFace/TransformerTensors.h"
#include "ConfigSections.h"
#include "smelt/Support/HostTensor.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace smelt;
using namespace smelt::hf;
using namespace llvm;

//===----------------------------------------------------------------------===//
// What is needed
//===----------------------------------------------------------------------===//

static LinearTensors makeLinear(const ModelConfig &config, std::string module,
                                int64_t rows, int64_t columns, bool hasBias) {
  LinearTensors linear;
  if (config.quantization && config.quantization->converts(module)) {
    linear.form = config.quantization->form;
    linear.hasInputNorm = config.quantization->hasInputNorm;
  }
  linear.module = std::move(module);
  linear.rows = rows;
  linear.columns = columns;
  linear.hasBias = hasBias;
  return linear;
}

/// Adds the norms that not all architectures have.
static void addSubNorms(const ModelConfig &config, const std::string &attention,
                        const std::string &mlp, LayerTensors &layer) {
  int64_t attentionSize = config.numHeads * config.headSize;
  switch (config.architecture) {
  case Architecture::BitNet:
    layer.attentionSubNorm = {attention + "attn_sub_norm.weight",
                              attentionSize};
    layer.mlpSubNorm = {mlp + "ffn_sub_norm.weight", config.intermediateSize};
    return;
  case Architecture::OneBitLLM:
    layer.attentionSubNorm = {attention + "inner_attn_ln.weight",
                              attentionSize};
    layer.mlpSubNorm = {mlp + "ffn_layernorm.weight", config.intermediateSize};
    return;
  case Architecture::Qwen3:
    layer.queryNorm = {attention + "q_norm.weight", config.headSize};
    layer.keyNorm = {attention + "k_norm.weight", config.headSize};
    return;
  case Architecture::Llama:
    return;
  }
}

static LayerTensors listLayer(const ModelConfig &config, int64_t index) {
  std::string prefix = "model.layers." + std::to_string(index) + ".";
  std::string attention = prefix + "self_attn.", mlp = prefix + "mlp.";
  int64_t hidden = config.hiddenSize, inner = config.intermediateSize;
  int64_t queries = config.numHeads * config.headSize;
  int64_t keys = config.numKeyValueHeads * config.headSize;
  auto attentionLinear = [&](StringRef name, int64_t rows, int64_t columns) {
    return makeLinear(config, attention + name.str(), rows, columns,
                      config.hasAttentionBias);
  };
  auto mlpLinear = [&](StringRef name, int64_t rows, int64_t columns) {
    return makeLinear(config, mlp + name.str(), rows, columns,
                      config.hasMlpBias);
  };
  LayerTensors layer;
  layer.inputNorm = {prefix + "input_layernorm.weight", hidden};
  layer.postAttentionNorm = {prefix + "post_attention_layernorm.weight",
                             hidden};
  addSubNorms(config, attention, mlp, layer);
  layer.query = attentionLinear("q_proj", queries, hidden);
  layer.key = attentionLinear("k_proj", keys, hidden);
  layer.value = attentionLinear("v_proj", keys, hidden);
  layer.output = attentionLinear("o_proj", hidden, queries);
  layer.gate = mlpLinear("gate_proj", inner, hidden);
  layer.up = mlpLinear("up_proj", inner, hidden);
  layer.down = mlpLinear("down_proj", hidden, inner);
  return layer;
}

TransformerTensors smelt::hf::listTensors(const ModelConfig &config) {
  TransformerTensors tensors;
  // Neither the embedding nor the head is ever converted.
  tensors.embedding.module = "model.embed_tokens";
  tensors.embedding.rows = config.vocabularySize;
  tensors.embedding.columns = config.hiddenSize;
  tensors.head = tensors.embedding;
  if (!config.tiesHead)
    tensors.head.module = "lm_head";
  tensors.finalNorm = {"model.norm.weight", config.hiddenSize};
  for (int64_t i = 0; i < config.numLayers; ++i)
    tensors.layers.push_back(listLayer(config, i));
  return tensors;
}

//===----------------------------------------------------------------------===//
// What is there
//===----------------------------------------------------------------------===//

namespace {
/// Compares what is needed with what a checkpoint holds.
class TensorCheck {
public:
  TensorCheck(const ModelConfig &config, const Checkpoint &checkpoint,
              Report &report)
      : config(config), checkpoint(checkpoint), report(report) {}

  void checkNorm(const NormTensor &norm) {
    checkFloats(norm.name, {norm.size});
  }
  void checkNorm(const std::optional<NormTensor> &norm) {
    if (norm)
      checkNorm(*norm);
  }
  void checkLinear(const LinearTensors &linear);
  void checkLayer(const LayerTensors &layer);
  void reportMissing();
  void reportUnused();

private:
  const TensorView *use(const std::string &name);
  void checkFloats(const std::string &name, ArrayRef<int64_t> shape);
  void checkScale(const std::string &name);
  void checkPacked(const LinearTensors &linear, const TensorView &tensor);
  void reject(const TensorView &tensor, const Twine &demand) {
    report.error(checkpoint.getFile(tensor),
                 "tensor '" + tensor.name + "' is " + tensor.describe() +
                     ", but " + config.file + " demands " + demand);
  }

  const ModelConfig &config;
  const Checkpoint &checkpoint;
  Report &report;
  std::vector<std::string> missing;
  StringSet<> used;
  StringSet<> modules;
};
} // namespace

const TensorView *TensorCheck::use(const std::string &name) {
  used.insert(name);
  const TensorView *tensor = checkpoint.find(name);
  if (!tensor)
    missing.push_back(name);
  return tensor;
}

void TensorCheck::checkFloats(const std::string &name,
                              ArrayRef<int64_t> shape) {
  const TensorView *tensor = use(name);
  if (!tensor)
    return;
  if (ArrayRef(tensor->shape) != shape)
    reject(*tensor, formatShape(shape));
  else if (!isReadableFloat(tensor->type))
    reject(*tensor, "F32, F16, BF16 or F64");
}

/// The scale of a whole matrix, of shape 1 or a scalar.
void TensorCheck::checkScale(const std::string &name) {
  const TensorView *tensor = use(name);
  if (tensor && (tensor->getNumElements() != 1 || tensor->shape.size() > 1 ||
                 !isReadableFloat(tensor->type)))
    reject(*tensor, "one float for the whole matrix");
}

void TensorCheck::checkPacked(const LinearTensors &linear,
                              const TensorView &tensor) {
  int64_t packedRows = (linear.rows + 3) / 4;
  if (linear.form == LinearForm::Plain)
    reject(tensor, "floats, since no 'quantization_config' applies to it");
  else if (linear.form == LinearForm::Online)
    reject(tensor, "float masters by 'quantization_mode' 'online'");
  else if (ArrayRef(tensor.shape) !=
           ArrayRef<int64_t>({packedRows, linear.columns}))
    reject(tensor, "U8 " + formatShape({packedRows, linear.columns}) +
                       ", the packed form of " +
                       formatShape({linear.rows, linear.columns}));
}

void TensorCheck::checkLinear(const LinearTensors &linear) {
  modules.insert(linear.module);
  std::string name = linear.module + ".weight";
  const TensorView *tensor = checkpoint.find(name);
  if (tensor && tensor->type == ElementType::U8) {
    used.insert(name);
    checkPacked(linear, *tensor);
  } else if (tensor && linear.form == LinearForm::Divided) {
    used.insert(name);
    reject(*tensor, "packed U8 by 'linear_class' 'bitlinear'");
  } else {
    checkFloats(name, {linear.rows, linear.columns});
  }
  if (linear.form == LinearForm::Divided ||
      linear.form == LinearForm::Multiplied)
    checkScale(linear.module + ".weight_scale");
  if (linear.hasBias)
    checkFloats(linear.module + ".bias", {linear.rows});
  if (linear.hasInputNorm)
    checkFloats(linear.module + ".rms_norm.weight", {linear.columns});
}

void TensorCheck::checkLayer(const LayerTensors &layer) {
  checkNorm(layer.inputNorm);
  checkNorm(layer.postAttentionNorm);
  checkNorm(layer.attentionSubNorm);
  checkNorm(layer.mlpSubNorm);
  checkNorm(layer.queryNorm);
  checkNorm(layer.keyNorm);
  for (const LinearTensors *linear :
       {&layer.query, &layer.key, &layer.value, &layer.output, &layer.gate,
        &layer.up, &layer.down})
    checkLinear(*linear);
}

void TensorCheck::reportMissing() {
  if (missing.empty())
    return;
  bool lacksHead = is_contained(missing, "lm_head.weight");
  report.error(checkpoint.getFolder(),
               "tensors that " + getName(config.architecture) +
                   " needs are missing: " + formatNames(missing, 20) +
                   (lacksHead ? "; if the head is the embedding, set "
                                "'tie_word_embeddings' to true in config.json"
                              : ""));
}

void TensorCheck::reportUnused() {
  std::vector<std::string> unused;
  for (const TensorView *tensor : checkpoint.getTensors()) {
    StringRef name = tensor->name;
    // Buffers of old versions; they follow from the configuration.
    if (used.contains(name) || name.ends_with("rotary_emb.inv_freq"))
      continue;
    StringRef module = name.rsplit('.').first;
    if (namesRotation(name))
      reportRotation(checkpoint.getFile(*tensor), "tensor '" + name + "'",
                     report);
    else if (modules.contains(module) ||
             modules.contains(module.rsplit('.').first))
      report.error(checkpoint.getFile(*tensor),
                   "tensor '" + name + "' is not used, since nothing in " +
                       config.file +
                       " says that its layer has it; without it another "
                       "network would be computed");
    else
      unused.push_back(tensor->name);
  }
  if (!unused.empty())
    report.warning(checkpoint.getFolder(),
                   Twine(unused.size()) +
                       " tensors are not used: " + formatNames(unused, 20));
}

std::optional<TransformerTensors>
smelt::hf::findTensors(const ModelConfig &config, const Checkpoint &checkpoint,
                       Report &report) {
  size_t errorsBefore = report.countErrors();
  TransformerTensors tensors = listTensors(config);
  TensorCheck check(config, checkpoint, report);
  check.checkLinear(tensors.embedding);
  if (!config.tiesHead)
    check.checkLinear(tensors.head);
  check.checkNorm(tensors.finalNorm);
  for (const LayerTensors &layer : tensors.layers)
    check.checkLayer(layer);
  check.reportMissing();
  check.reportUnused();
  if (report.countErrors() != errorsBefore)
    return std::nullopt;
  return tensors;
}
