//===- DecoderFunction.cpp --------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Transformer.h"
#include <cmath>

using namespace mlir;
using namespace smelt;
using namespace smelt::hf;
using ternary::ActivationKind;

namespace {
/// Builds one function: the network on a block of tokens.
class DecoderFunction {
public:
  DecoderFunction(const Transformer &transformer, int64_t tokens,
                  TokenKind kind, OpBuilder &builder)
      : transformer(transformer), config(transformer.config), tokens(tokens),
        hasLogits(kind != TokenKind::Block),
        isOfSequences(kind == TokenKind::Sequences), builder(builder),
        ops(builder) {}

  void build(StringRef name);

private:
  /// The cache of one layer: keys, their absmaxes, values, their absmaxes.
  static constexpr unsigned kCacheParts = 4;
  /// Logits that are exact if the head is screened: at least so many, and one
  /// of 64.
  static constexpr int64_t kFewestRefined = 128;

  func::FuncOp createFunction(StringRef name);
  SmallVector<Type> getStateTypes();
  void nameArguments(func::FuncOp function, size_t numStates);
  FixedPoint buildLayer(const Layer &layer, FixedPoint x,
                        MutableArrayRef<Value> cache, const std::string &path);
  FixedPoint buildAttention(const Layer &layer, FixedPoint x,
                            MutableArrayRef<Value> cache,
                            const std::string &path);
  FixedPoint buildMLP(const Layer &layer, FixedPoint x,
                      const std::string &path);
  Codes quantizeInput(const Linear &linear, const FixedPoint &x);
  FixedPoint applyLinear(const Linear &linear, const FixedPoint &x) {
    return ops.multiply(quantizeInput(linear, x), linear.matrix);
  }
  FixedPoint computeLogits(const FixedPoint &x);
  /// The heads of queries or keys, normalized where the network does so, and
  /// turned to their positions.
  FixedPoint makeHeads(const Linear &linear, const FixedPoint &x,
                       const Norm &norm, int64_t heads);
  /// Writes rows to the cache; returns all of it.
  Codes extendCache(const FixedPoint &rows, MutableArrayRef<Value> parts);
  FixedPoint activate(const FixedPoint &x);
  FixedPoint normalize(const FixedPoint &x, const Norm &norm) {
    return norm.empty() ? x : ops.normalize(x, norm, config.normEpsilon);
  }
  void at(const std::string &path) {
    ops.setLocation(NameLoc::get(builder.getStringAttr(path)));
  }

  const Transformer &transformer;
  const ModelConfig &config;
  int64_t tokens;
  bool hasLogits, isOfSequences;
  OpBuilder &builder;
  SequenceBuilder ops;
  /// One, or one for each sequence.
  Value position;
};
} // namespace

SmallVector<Type> DecoderFunction::getStateTypes() {
  SmallVector<int64_t> shape = {transformer.contextLength,
                                config.numKeyValueHeads};
  if (isOfSequences)
    shape.insert(shape.begin(), tokens);
  Type absmax = RankedTensorType::get(shape, builder.getI32Type());
  shape.push_back(config.headSize);
  Type codes = RankedTensorType::get(
      shape, builder.getIntegerType(transformer.cacheBits));
  SmallVector<Type> states;
  for (size_t i = 0; i < transformer.layers.size(); ++i)
    llvm::append_values(states, codes, absmax, codes, absmax);
  return states;
}

void DecoderFunction::nameArguments(func::FuncOp function, size_t numStates) {
  auto setName = [&](unsigned argument, const llvm::Twine &value) {
    function.setArgAttr(argument, "smelt.name", builder.getStringAttr(value));
  };
  setName(0, "tokens");
  setName(1, isOfSequences ? "positions" : "position");
  constexpr StringLiteral kParts[] = {"keys", "key_absmax", "values",
                                      "value_absmax"};
  for (size_t i = 0; i < numStates; ++i) {
    setName(2 + i,
            kParts[i % kCacheParts] + "_" + llvm::Twine(i / kCacheParts));
    function.setArgAttr(2 + i, "smelt.state", builder.getUnitAttr());
    function.setResultAttr(hasLogits + i, "smelt.state", builder.getUnitAttr());
  }
}

func::FuncOp DecoderFunction::createFunction(StringRef name) {
  Type i32 = builder.getI32Type();
  SmallVector<Type> states = getStateTypes();
  SmallVector<Type> arguments = {
      RankedTensorType::get({tokens}, i32),
      RankedTensorType::get({isOfSequences ? tokens : 1}, i32)};
  llvm::append_range(arguments, states);
  SmallVector<Type> results;
  if (hasLogits)
    results.push_back(
        RankedTensorType::get({tokens, config.vocabularySize}, i32));
  llvm::append_range(results, states);
  auto function =
      builder.create<func::FuncOp>(builder.getUnknownLoc(), name,
                                   builder.getFunctionType(arguments, results));
  if (isOfSequences)
    function->setAttr("smelt.sequences", builder.getI64IntegerAttr(tokens));
  nameArguments(function, states.size());
  if (hasLogits) {
    function.setResultAttr(0, "smelt.name", builder.getStringAttr("logits"));
    function.setResultAttr(0, "smelt.scale",
                           builder.getF64FloatAttr(std::ldexp(1, -kFraction)));
    function.setResultAttr(0, "smelt.zero_point", builder.getI64IntegerAttr(0));
  }
  return function;
}

Codes DecoderFunction::quantizeInput(const Linear &linear,
                                     const FixedPoint &x) {
  FixedPoint input = x;
  if (!linear.inputNorm.empty())
    input = ops.normalize(input, linear.inputNorm, linear.inputNormEpsilon);
  return ops.quantize(input, linear.inputBits);
}

FixedPoint DecoderFunction::computeLogits(const FixedPoint &x) {
  const Linear &head = transformer.head;
  if (!transformer.screen)
    return applyLinear(head, x);
  Codes codes = quantizeInput(head, x);
  int64_t rows = head.matrix.type.getRows();
  int64_t count = std::min(rows, std::max(kFewestRefined, rows / 64));
  FixedPoint estimate = ops.multiply(codes, *transformer.screen);
  return ops.refine(estimate, count, codes, head.matrix);
}

FixedPoint DecoderFunction::makeHeads(const Linear &linear, const FixedPoint &x,
                                      const Norm &norm, int64_t heads) {
  FixedPoint result =
      ops.reshape(applyLinear(linear, x), {tokens, heads, config.headSize});
  result = normalize(result, norm);
  return ops.rotate(result, transformer.rotations, position);
}

Codes DecoderFunction::extendCache(const FixedPoint &rows,
                                   MutableArrayRef<Value> parts) {
  Codes codes = ops.quantize(rows, transformer.cacheBits);
  parts[0] = ops.writeCache(parts[0], codes.codes, position);
  parts[1] = ops.writeCache(parts[1], codes.absmax, position);
  return {parts[0], parts[1], codes.fraction};
}

FixedPoint DecoderFunction::buildAttention(const Layer &layer, FixedPoint x,
                                           MutableArrayRef<Value> cache,
                                           const std::string &path) {
  at(path + "input_layernorm");
  x = normalize(x, layer.inputNorm);
  at(path + "self_attn.q_proj");
  FixedPoint query =
      makeHeads(layer.query, x, layer.queryNorm, config.numHeads);
  at(path + "self_attn.k_proj");
  FixedPoint key =
      makeHeads(layer.key, x, layer.keyNorm, config.numKeyValueHeads);
  Codes keys = extendCache(key, cache.take_front(2));
  at(path + "self_attn.v_proj");
  FixedPoint value =
      ops.reshape(applyLinear(layer.value, x),
                  {tokens, config.numKeyValueHeads, config.headSize});
  Codes values = extendCache(value, cache.drop_front(2));
  at(path + "self_attn");
  double factor = config.rotary.attentionFactor();
  double scale = factor * factor / std::sqrt(double(config.headSize));
  FixedPoint result = ops.attend(ops.quantize(query, transformer.cacheBits),
                                 keys, values, scale, position);
  result = ops.reshape(result, {tokens, config.numHeads * config.headSize});
  result = normalize(result, layer.attentionSubNorm);
  at(path + "self_attn.o_proj");
  return applyLinear(layer.output, result);
}

FixedPoint DecoderFunction::activate(const FixedPoint &x) {
  switch (config.activation) {
  case Activation::SiLU:
    return ops.activate(x, ActivationKind::SiLU);
  case Activation::ReLU:
    return ops.relu(x);
  case Activation::ReLU2:
    return ops.activate(x, ActivationKind::ReLU2);
  case Activation::GELU:
  case Activation::GELUTanh:
  case Activation::GELUSigmoid:
    return ops.activate(x, ActivationKind::GELU);
  }
  llvm_unreachable("unknown activation");
}

FixedPoint DecoderFunction::buildMLP(const Layer &layer, FixedPoint x,
                                     const std::string &path) {
  at(path + "post_attention_layernorm");
  x = normalize(x, layer.postAttentionNorm);
  at(path + "mlp.gate_proj");
  FixedPoint gate = applyLinear(layer.gate, x);
  gate = activate(gate);
  at(path + "mlp.up_proj");
  FixedPoint up = applyLinear(layer.up, x);
  at(path + "mlp");
  FixedPoint product = ops.multiplyElements(gate, up);
  product = normalize(product, layer.mlpSubNorm);
  at(path + "mlp.down_proj");
  return applyLinear(layer.down, product);
}

FixedPoint DecoderFunction::buildLayer(const Layer &layer, FixedPoint x,
                                       MutableArrayRef<Value> cache,
                                       const std::string &path) {
  FixedPoint attention = buildAttention(layer, x, cache, path);
  x = ops.add(x, attention);
  FixedPoint mlp = buildMLP(layer, x, path);
  return ops.add(x, mlp);
}

void DecoderFunction::build(StringRef name) {
  func::FuncOp function = createFunction(name);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(function.addEntryBlock());
  position = function.getArgument(1);
  SmallVector<Value> cache(llvm::drop_begin(function.getArguments(), 2));
  at("model.embed_tokens");
  FixedPoint x = ops.embed(function.getArgument(0), transformer.embedding);
  for (auto [i, layer] : llvm::enumerate(transformer.layers))
    x = buildLayer(
        layer, x,
        MutableArrayRef<Value>(cache).slice(i * kCacheParts, kCacheParts),
        "model.layers." + std::to_string(i) + ".");
  SmallVector<Value> results;
  if (hasLogits) {
    at("model.norm");
    x = normalize(x, transformer.finalNorm);
    at("lm_head");
    results.push_back(computeLogits(x).tensor);
  }
  llvm::append_range(results, cache);
  builder.create<func::ReturnOp>(builder.getUnknownLoc(), results);
}

void hf::buildFunction(const Transformer &transformer, StringRef name,
                       int64_t tokens, TokenKind kind, OpBuilder &builder) {
  DecoderFunction(transformer, tokens, kind, builder).build(name);
}
