//===- CallSites.cpp --------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CallSites.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace smelt;

namespace {

/// The bytes of memory that a call's operand may reach.
struct Reach {
  Value root;
  /// The symbol of the global that `root` is, if it is one.
  StringAttr global;
  /// The bytes from the root's start; none if they are not known.
  std::optional<std::pair<int64_t, int64_t>> bytes;
};

int64_t getElementBytes(Type pointer) {
  Type element = cast<emitc::PointerType>(pointer).getPointee();
  return std::max(element.getIntOrFloatBitWidth() / 8, 1u);
}

/// The constant distance in bytes from the start of the root to `pointer`.
std::optional<int64_t> getDistance(Value pointer) {
  int64_t distance = 0;
  while (Operation *op = pointer.getDefiningOp()) {
    if (auto add = dyn_cast<emitc::AddOp>(op)) {
      APInt offset;
      if (!matchPattern(add->getOperand(1), m_ConstantInt(&offset)))
        return std::nullopt;
      distance += offset.getSExtValue() * getElementBytes(add.getType());
    } else if (auto address = dyn_cast<emitc::ApplyOp>(op)) {
      auto element = address.getOperand().getDefiningOp<emitc::SubscriptOp>();
      if (!element || !matchPattern(element.getIndices().front(), m_Zero()))
        return std::nullopt;
      return distance;
    } else if (!isa<emitc::CastOp>(op)) {
      return std::nullopt;
    }
    pointer = op->getOperand(0);
  }
  return distance;
}

/// How many bytes an operand of the type `type` spans.
std::optional<int64_t> getSpan(MemRefType type, int64_t elementBytes) {
  SmallVector<int64_t> strides;
  int64_t offset;
  if (!type.hasStaticShape() ||
      failed(getStridesAndOffset(type, strides, offset)))
    return std::nullopt;
  int64_t last = 0;
  for (auto [size, stride] : llvm::zip_equal(type.getShape(), strides)) {
    if (ShapedType::isDynamic(stride) || stride < 0)
      return std::nullopt;
    last += (size - 1) * stride;
  }
  return (last + 1) * elementBytes;
}

void setRoot(Reach &reach, Value pointer) {
  reach.root = c::getRoot(pointer);
  auto access = reach.root ? reach.root.getDefiningOp<emitc::GetGlobalOp>()
                           : emitc::GetGlobalOp();
  reach.global = access ? access.getNameAttr().getAttr() : StringAttr();
}

Reach getRange(emitc::CallOp call, unsigned index) {
  Value operand = call.getOperand(index);
  Reach range;
  setRoot(range, operand);
  if (!range.root)
    return range;
  auto types = call->getAttrOfType<ArrayAttr>("smelt.operand_types");
  auto attr = types && index < types.size() ? dyn_cast<TypeAttr>(types[index])
                                            : TypeAttr();
  auto type = attr ? dyn_cast<MemRefType>(attr.getValue()) : MemRefType();
  std::optional<int64_t> start = getDistance(operand);
  if (!type || !start)
    return range;
  if (auto span = getSpan(type, getElementBytes(operand.getType())))
    range.bytes = {*start, *start + *span};
  return range;
}

/// The same, where the function that the call is in is itself called by
/// `outer`, if that is given.
Reach getRange(emitc::CallOp call, unsigned index, emitc::CallOp outer) {
  Reach range = getRange(call, index);
  auto argument = dyn_cast_or_null<BlockArgument>(range.root);
  if (!outer || !argument)
    return range;
  Value operand = outer.getOperand(argument.getArgNumber());
  setRoot(range, operand);
  std::optional<int64_t> distance = getDistance(operand);
  if (range.bytes && distance)
    range.bytes = {range.bytes->first + *distance,
                   range.bytes->second + *distance};
  else
    range.bytes = std::nullopt;
  return range;
}

bool isPublicArgument(Value root) {
  auto argument = dyn_cast<BlockArgument>(root);
  auto function =
      argument ? dyn_cast<emitc::FuncOp>(argument.getOwner()->getParentOp())
               : emitc::FuncOp();
  return function && SymbolTable::getSymbolVisibility(function) ==
                         SymbolTable::Visibility::Public;
}

bool areDisjoint(const Reach &a, const Reach &b) {
  if (!a.root || !b.root)
    return false;
  bool isSame = a.global ? a.global == b.global : a.root == b.root;
  if (isSame)
    return a.bytes && b.bytes &&
           (a.bytes->second <= b.bytes->first ||
            b.bytes->second <= a.bytes->first);
  // The arrays that a caller passes to a public function do not overlap.
  auto isOwn = [](const Reach &range) {
    return range.global || isPublicArgument(range.root) ||
           range.root.getDefiningOp<emitc::VariableOp>();
  };
  return isOwn(a) && isOwn(b);
}

/// Whether the function uses memory that changes and is no argument of it.
bool usesStaticMemory(emitc::FuncOp function, const c::Pointers &pointers,
                      llvm::DenseSet<Operation *> &visited) {
  if (!visited.insert(function).second)
    return false;
  WalkResult result = function.walk([&](Operation *op) {
    auto access = dyn_cast<emitc::GetGlobalOp>(op);
    bool isOther = access && !pointers.isConst(access.getResult());
    if (auto call = dyn_cast<emitc::CallOp>(op)) {
      auto callee = SymbolTable::lookupNearestSymbolFrom<emitc::FuncOp>(
          call, call.getCalleeAttr());
      isOther = !callee || usesStaticMemory(callee, pointers, visited);
    }
    return isOther ? WalkResult::interrupt() : WalkResult::advance();
  });
  return result.wasInterrupted();
}

} // namespace

c::CallSites::CallSites(ModuleOp module, const Pointers &pointers)
    : pointers(pointers) {
  module.walk([&](emitc::CallOp call) {
    calls[call.getCalleeAttr().getAttr()].push_back(call);
  });
  for (auto function : module.getOps<emitc::FuncOp>())
    if (SymbolTable::getSymbolVisibility(function) ==
            SymbolTable::Visibility::Private &&
        !function.isExternal())
      visit(function);
}

bool c::CallSites::forAllPaths(
    emitc::CallOp call,
    llvm::function_ref<bool(emitc::CallOp outer)> isTrue) const {
  auto caller = call->getParentOfType<emitc::FuncOp>();
  auto found = calls.find(caller.getSymNameAttr());
  bool isPublic = SymbolTable::getSymbolVisibility(caller) ==
                  SymbolTable::Visibility::Public;
  if (isPublic || found == calls.end())
    return isTrue({});
  return llvm::all_of(found->second, isTrue);
}

bool c::CallSites::isDisjoint(emitc::FuncOp function, emitc::CallOp call,
                              unsigned index) const {
  bool isConst = pointers.isConst(function.getArgument(index));
  for (BlockArgument other : function.getArguments()) {
    if (other.getArgNumber() == index ||
        !isa<emitc::PointerType>(other.getType()) ||
        (isConst && pointers.isConst(other)))
      continue;
    if (!forAllPaths(call, [&](emitc::CallOp outer) {
          return areDisjoint(getRange(call, index, outer),
                             getRange(call, other.getArgNumber(), outer));
        }))
      return false;
  }
  return true;
}

void c::CallSites::visit(emitc::FuncOp function) {
  auto found = calls.find(function.getSymNameAttr());
  if (found == calls.end())
    return;
  llvm::DenseSet<Operation *> visited;
  bool isClosed = !usesStaticMemory(function, pointers, visited);
  unsigned numPointers =
      llvm::count_if(function.getArgumentTypes(),
                     [](Type type) { return isa<emitc::PointerType>(type); });
  for (BlockArgument argument : function.getArguments()) {
    if (!isa<emitc::PointerType>(argument.getType()))
      continue;
    unsigned index = argument.getArgNumber();
    auto isConstant = [&](emitc::CallOp call) {
      return forAllPaths(call, [&](emitc::CallOp outer) {
        Value root = getRange(call, index, outer).root;
        return root && root.getDefiningOp<emitc::GetGlobalOp>() &&
               pointers.isConst(root);
      });
    };
    if (llvm::all_of(found->second, isConstant))
      constants.insert(argument);
    if (isClosed && numPointers > 1 &&
        llvm::all_of(found->second, [&](emitc::CallOp call) {
          return isDisjoint(function, call, index);
        }))
      restricted.insert(argument);
  }
}
