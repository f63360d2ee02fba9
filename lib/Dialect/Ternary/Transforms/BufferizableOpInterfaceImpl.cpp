//===- BufferizableOpInterfaceImpl.cpp --------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Dialect/Ternary/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "smelt/Dialect/Ternary/IR/TernaryOps.h"

using namespace mlir;
using namespace mlir::bufferization;
using namespace smelt;
using namespace smelt::ternary;

/// The buffer of a tensor operand, without gaps or an offset: kernels address
/// their operands as plain arrays.
static FailureOr<Value>
getContiguousBuffer(RewriterBase &rewriter, Value tensor,
                    const BufferizationOptions &options) {
  FailureOr<Value> buffer = getBuffer(rewriter, tensor, options);
  if (failed(buffer))
    return failure();
  auto type = cast<MemRefType>(buffer->getType());
  if (type.getLayout().isIdentity())
    return buffer;
  Location location = tensor.getLoc();
  auto packedType = MemRefType::get(type.getShape(), type.getElementType());
  FailureOr<Value> packed =
      options.createAlloc(rewriter, location, packedType, {});
  if (failed(packed) ||
      failed(options.createMemCpy(rewriter, location, *buffer, *packed)))
    return failure();
  return packed;
}

/// What an operand is in memref form: a plain buffer, or packed weights.
static FailureOr<Value> getOperandBuffer(RewriterBase &rewriter, Value operand,
                                         const BufferizationOptions &options) {
  if (!isa<TensorType>(operand.getType()))
    return operand;
  return getContiguousBuffer(rewriter, operand, options);
}

/// The attributes of `op` in memref form, which has a destination, and not the
/// first operand if that is the destination.
static SmallVector<NamedAttribute>
getMemRefFormAttributes(Operation *op, bool isInPlace = false) {
  SmallVector<NamedAttribute> attributes(op->getAttrs());
  StringRef name =
      OpTrait::AttrSizedOperandSegments<MatmulOp>::getOperandSegmentSizeAttr();
  for (NamedAttribute &attribute : attributes) {
    if (attribute.getName() != name)
      continue;
    SmallVector<int32_t> sizes(
        cast<DenseI32ArrayAttr>(attribute.getValue()).asArrayRef());
    sizes.back() = 1;
    if (isInPlace)
      sizes.front() = 0;
    attribute.setValue(DenseI32ArrayAttr::get(op->getContext(), sizes));
  }
  return attributes;
}

namespace {
template <typename ComputeOp>
struct ComputeOpModel
    : BufferizableOpInterface::ExternalModel<ComputeOpModel<ComputeOp>,
                                             ComputeOp> {
  bool bufferizesToMemoryRead(Operation *, OpOperand &,
                              const AnalysisState &) const {
    return true;
  }
  bool bufferizesToMemoryWrite(Operation *, OpOperand &,
                               const AnalysisState &) const {
    return false;
  }
  bool bufferizesToAllocation(Operation *, Value) const { return true; }
  AliasingValueList getAliasingValues(Operation *, OpOperand &,
                                      const AnalysisState &) const {
    return {};
  }

  LogicalResult bufferize(Operation *op, RewriterBase &rewriter,
                          const BufferizationOptions &options) const {
    if (op->getNumResults() == 0)
      return success();
    SmallVector<Value> operands;
    for (Value operand : op->getOperands()) {
      FailureOr<Value> buffer = getOperandBuffer(rewriter, operand, options);
      if (failed(buffer))
        return failure();
      operands.push_back(*buffer);
    }
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    FailureOr<Value> result = options.createAlloc(
        rewriter, op->getLoc(),
        MemRefType::get(type.getShape(), type.getElementType()), {});
    if (failed(result))
      return failure();
    operands.push_back(*result);

    OperationState state(op->getLoc(), op->getName(), operands,
                         /*types=*/TypeRange(), getMemRefFormAttributes(op));
    rewriter.create(state);
    replaceOpWithBufferizedValues(rewriter, op, *result);
    return success();
  }
};

/// An op that changes its first operand in place, which its memref form has as
/// the destination.
template <typename UpdateOp>
struct UpdateModel
    : BufferizableOpInterface::ExternalModel<UpdateModel<UpdateOp>, UpdateOp> {
  bool bufferizesToMemoryRead(Operation *, OpOperand &,
                              const AnalysisState &) const {
    return true;
  }
  bool bufferizesToMemoryWrite(Operation *, OpOperand &operand,
                               const AnalysisState &) const {
    return operand.getOperandNumber() == 0;
  }
  AliasingValueList getAliasingValues(Operation *op, OpOperand &operand,
                                      const AnalysisState &) const {
    if (operand.getOperandNumber() != 0)
      return {};
    return {{op->getResult(0), BufferRelation::Equivalent}};
  }

  LogicalResult bufferize(Operation *op, RewriterBase &rewriter,
                          const BufferizationOptions &options) const {
    if (op->getNumResults() == 0)
      return success();
    FailureOr<Value> target = getBuffer(rewriter, op->getOperand(0), options);
    if (failed(target))
      return failure();
    SmallVector<Value> operands;
    for (Value operand : op->getOperands().drop_front()) {
      FailureOr<Value> buffer = getOperandBuffer(rewriter, operand, options);
      if (failed(buffer))
        return failure();
      operands.push_back(*buffer);
    }
    operands.push_back(*target);
    OperationState state(op->getLoc(), op->getName(), operands,
                         /*types=*/TypeRange(),
                         getMemRefFormAttributes(op, /*isInPlace=*/true));
    rewriter.create(state);
    replaceOpWithBufferizedValues(rewriter, op, *target);
    return success();
  }
};
} // namespace

template <typename... ComputeOps>
static void attachModels(MLIRContext &context) {
  (ComputeOps::template attachInterface<ComputeOpModel<ComputeOps>>(context),
   ...);
}

void smelt::ternary::registerBufferizableOpInterfaceExternalModels(
    DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, TernaryDialect *) {
    attachModels<MatmulOp, Conv2DOp, RequantizeOp, SignOp, ReluOp, ActivationOp,
                 SoftmaxOp, LogSoftmaxOp, AddOp, MulOp, LookupOp, SumPool2DOp,
                 AbsmaxOp, DynamicQuantizeOp, DequantizeOp, RMSNormOp,
                 LayerNormOp, EmbedOp, BestOp, RopeOp, AttentionOp>(*context);
    CacheWriteOp::attachInterface<UpdateModel<CacheWriteOp>>(*context);
    RefineOp::attachInterface<UpdateModel<RefineOp>>(*context);
  });
}
