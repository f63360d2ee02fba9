//===- CBuilder.cpp ---------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Patterns.h"

using namespace mlir;
using namespace smelt;

Type CBuilder::promote(Type type) {
  auto integer = dyn_cast<IntegerType>(type);
  if (!integer || integer.getWidth() >= 32)
    return type;
  return IntegerType::get(type.getContext(), 32);
}

Type CBuilder::toUnsigned(Type type) {
  return IntegerType::get(type.getContext(), type.getIntOrFloatBitWidth(),
                          IntegerType::Unsigned);
}

Value CBuilder::constant(int64_t value, Type type) {
  auto integer = llvm::cast<IntegerType>(type);
  APInt bits(64, value, /*isSigned=*/true);
  return builder.create<emitc::ConstantOp>(
      loc, type, IntegerAttr::get(type, bits.trunc(integer.getWidth())));
}

Value CBuilder::cast(Value value, Type type) {
  if (value.getType() == type)
    return value;
  auto integer = dyn_cast<IntegerType>(type);
  if (integer && integer.getWidth() > 1)
    if (std::optional<int64_t> known = getConstant(value))
      return constant(*known, type);
  return builder.create<emitc::CastOp>(loc, type, value);
}

Value CBuilder::compare(emitc::CmpPredicate predicate, Value lhs, Value rhs) {
  return builder.create<emitc::CmpOp>(loc, builder.getI1Type(), predicate, lhs,
                                      rhs);
}

Value CBuilder::conditional(Value condition, Value yes, Value no) {
  return builder.create<emitc::ConditionalOp>(loc, yes.getType(), condition,
                                              yes, no);
}

Value CBuilder::negate(Value value) {
  return builder.create<emitc::UnaryMinusOp>(loc, promote(value.getType()),
                                             value);
}

Value CBuilder::logicalNot(Value value) {
  return builder.create<emitc::LogicalNotOp>(loc, builder.getI1Type(), value);
}

Value CBuilder::bitwiseNot(Value value) {
  return builder.create<emitc::BitwiseNotOp>(loc, promote(value.getType()),
                                             value);
}

Value CBuilder::advance(Value base, Value offset) {
  if (!offset)
    return base;
  return builder.create<emitc::AddOp>(loc, base.getType(), base, offset);
}

Value CBuilder::variable(Type type) {
  return builder.create<emitc::VariableOp>(
      loc, type, emitc::OpaqueAttr::get(builder.getContext(), ""));
}

void CBuilder::assign(Value variable, Value value) {
  builder.create<emitc::AssignOp>(loc, variable, value);
}

Value CBuilder::decay(Value array) {
  auto type = mlir::cast<emitc::ArrayType>(array.getType());
  Value first = builder.create<emitc::SubscriptOp>(
      loc, type.getElementType(), array,
      ValueRange{constant(0, builder.getI32Type())});
  return builder.create<emitc::ApplyOp>(
      loc, emitc::PointerType::get(type.getElementType()), "&", first);
}

std::optional<int64_t> smelt::getConstant(Value value) {
  auto op = value.getDefiningOp<emitc::ConstantOp>();
  if (!op)
    return std::nullopt;
  auto attr = dyn_cast<IntegerAttr>(op.getValue());
  if (!attr)
    return std::nullopt;
  auto type = dyn_cast<IntegerType>(attr.getType());
  if (type && (type.isUnsigned() || type.getWidth() == 1))
    return static_cast<int64_t>(attr.getValue().getZExtValue());
  return attr.getValue().getSExtValue();
}
