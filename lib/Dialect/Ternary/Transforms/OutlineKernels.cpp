//===- OutlineKernels.cpp ---------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "mlir/Transforms/RegionUtils.h"
#include "smelt/Dialect/Ternary/IR/TernaryOps.h"
#include "smelt/Dialect/Ternary/Transforms/Passes.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSwitch.h"

namespace smelt::ternary {
#define GEN_PASS_DEF_TERNARYOUTLINEKERNELS
#include "smelt/Dialect/Ternary/Transforms/Passes.h.inc"
} // namespace smelt::ternary

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

namespace {
class OutlineKernels
    : public smelt::ternary::impl::TernaryOutlineKernelsBase<OutlineKernels> {
public:
  using TernaryOutlineKernelsBase::TernaryOutlineKernelsBase;
  void runOnOperation() override;

private:
  void outline(ArrayRef<Operation *> ops, SymbolTable &symbols);

  /// Kernels by their printed bodies.
  llvm::StringMap<func::FuncOp> kernels;
};

/// What outlined ops take from around them.
struct Captures {
  /// Values to be passed.
  llvm::SetVector<Value> arguments;
  /// Ops to be repeated in the kernel, in order.
  llvm::SetVector<Operation *> repeated;
};
} // namespace

static bool isKernel(Operation *op) {
  if (auto compute = dyn_cast<ComputeOpInterface>(op))
    return static_cast<bool>(compute.getDestination());
  if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op))
    return linalgOp.hasPureBufferSemantics();
  return isa<memref::CopyOp>(op);
}

/// A view with gaps or an offset is taken inside of the kernel, so that kernels
/// are passed plain arrays.
static bool isRepeated(Operation *op) {
  if (!op)
    return false;
  if (op->hasTrait<OpTrait::ConstantLike>())
    return !isa<MemRefType>(op->getResult(0).getType());
  if (!isa<ViewLikeOpInterface>(op) || op->getNumResults() != 1)
    return false;
  auto type = dyn_cast<MemRefType>(op->getResult(0).getType());
  return type && !type.getLayout().isIdentity();
}

static void capture(Value value, Captures &captures) {
  Operation *producer = value.getDefiningOp();
  if (!isRepeated(producer)) {
    captures.arguments.insert(value);
    return;
  }
  for (Value operand : producer->getOperands())
    capture(operand, captures);
  captures.repeated.insert(producer);
}

static Captures getCaptures(ArrayRef<Operation *> ops) {
  Captures captures;
  llvm::SetVector<Value> used;
  for (Operation *op : ops) {
    used.insert(op->operand_begin(), op->operand_end());
    getUsedValuesDefinedAbove(op->getRegions(), used);
  }
  for (Value value : used)
    capture(value, captures);
  return captures;
}

static std::string joinShape(ArrayRef<int64_t> shape) {
  std::string text;
  for (int64_t size : shape)
    text += (text.empty() ? "" : "x") + llvm::utostr(size);
  return text;
}

/// What a `linalg.generic` does, by the first op in its body.
static StringRef getBodyName(linalg::GenericOp op) {
  Operation &first = op.getRegion().front().front();
  if (isa<linalg::YieldOp>(first)) {
    bool isCopy = llvm::all_of(op.getIndexingMapsArray(),
                               [](AffineMap map) { return map.isIdentity(); });
    return isCopy ? "copy" : "transpose";
  }
  StringRef name = first.getName().stripDialect();
  return llvm::StringSwitch<StringRef>(name)
      .Cases("extsi", "extui", "trunci", "cast")
      .Cases("maxsi", "minsi", "clamp")
      .Case("index", "gather")
      .Default(name);
}

/// A name of the kind of layer and its size, such as `matmul_64x784`.
static std::string getKernelName(Operation *op) {
  std::string kind = op->getName().stripDialect().str();
  if (auto generic = dyn_cast<linalg::GenericOp>(op))
    kind = getBodyName(generic);
  if (auto activation = dyn_cast<ActivationOp>(op))
    kind = stringifyActivationKind(activation.getKind());
  for (char &c : kind)
    if (!llvm::isAlnum(c))
      c = '_';
  for (Value operand : op->getOperands())
    if (auto weights = dyn_cast<WeightsType>(operand.getType()))
      return kind + "_" + joinShape(weights.getShape());
  Value last = op->getOperands().back();
  std::string size = joinShape(cast<ShapedType>(last.getType()).getShape());
  return size.empty() ? kind : kind + "_" + size;
}

/// The array that a value is a view of.
static Value getArray(Value value) {
  while (auto view = value.getDefiningOp<ViewLikeOpInterface>())
    value = view.getViewSource();
  return value;
}

/// What an op writes to, if it reads that by no other operand.
static Value getOwnDestination(Operation *op) {
  // A result is a buffer of its own while it is being computed.
  if (auto compute = dyn_cast<ComputeOpInterface>(op))
    return compute.getDestination();
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
  if (!linalgOp || linalgOp.getNumDpsInits() != 1)
    return nullptr;
  Value destination = linalgOp.getDpsInits().front();
  llvm::SetVector<Value> used(op->operand_begin(),
                              std::prev(op->operand_end()));
  getUsedValuesDefinedAbove(op->getRegions(), used);
  bool isRead = llvm::any_of(used, [&](Value value) {
    return getArray(value) == getArray(destination);
  });
  return isRead ? nullptr : destination;
}

static func::FuncOp createKernel(ArrayRef<Operation *> ops,
                                 const Captures &captures) {
  OpBuilder builder(ops.front()->getContext());
  Location location = ops.back()->getLoc();
  auto types = llvm::map_to_vector(captures.arguments,
                                   [](Value value) { return value.getType(); });
  auto function = func::FuncOp::create(location, "kernel",
                                       builder.getFunctionType(types, {}));
  function.setPrivate();
  Block *body = function.addEntryBlock();
  IRMapping mapping;
  mapping.map(captures.arguments.getArrayRef(), body->getArguments());
  builder.setInsertionPointToStart(body);
  for (Operation *repeated : captures.repeated)
    builder.clone(*repeated, mapping);
  for (Operation *op : ops)
    builder.clone(*op, mapping);
  builder.create<func::ReturnOp>(location);
  for (Operation *op : ops)
    if (Value destination = getOwnDestination(op))
      if (auto argument = dyn_cast<BlockArgument>(mapping.lookup(destination)))
        function.setArgAttr(argument.getArgNumber(), "llvm.noalias",
                            builder.getUnitAttr());
  return function;
}

/// Whether an op makes the codes of one row by the range that the op before
/// found: where threads share the row, each then has the range, and need not
/// wait until one has stored it.
static bool isRangeAndCodes(Operation *first, Operation *second) {
  auto absmax = dyn_cast<AbsmaxOp>(first);
  auto quantize = dyn_cast<DynamicQuantizeOp>(second);
  if (!absmax || !quantize || first->getBlock() != second->getBlock() ||
      absmax.getInput() != quantize.getInput() ||
      absmax.getInto() != quantize.getAbsmax() ||
      cast<ShapedType>(absmax.getInto().getType()).getNumElements() != 1)
    return false;
  for (Operation *op = first->getNextNode(); op != second;
       op = op->getNextNode())
    if (!isa<memref::AllocOp>(op) && !isMemoryEffectFree(op))
      return false;
  return true;
}

void OutlineKernels::outline(ArrayRef<Operation *> ops, SymbolTable &symbols) {
  Operation *last = ops.back();
  Captures captures = getCaptures(ops);
  func::FuncOp function = createKernel(ops, captures);
  std::string key;
  llvm::raw_string_ostream(key) << function;
  auto [entry, isNew] = kernels.try_emplace(key, function);
  if (isNew) {
    function.setSymName(getKernelName(last));
    symbols.insert(function,
                   last->getParentOfType<func::FuncOp>()->getIterator());
  } else {
    function->erase();
  }
  OpBuilder builder(last);
  builder.create<func::CallOp>(last->getLoc(), entry->second,
                               captures.arguments.getArrayRef());
  for (Operation *op : llvm::reverse(ops))
    op->erase();
}

void OutlineKernels::runOnOperation() {
  kernels.clear();
  SymbolTable symbols(getOperation());
  SmallVector<Operation *> ops;
  for (auto function : getOperation().getOps<func::FuncOp>())
    if (function.isPublic())
      for (Block &block : function.getBody())
        for (Operation &op : block)
          if (isKernel(&op))
            ops.push_back(&op);
  for (ArrayRef<Operation *> rest = ops; !rest.empty();) {
    bool isPair = rest.size() > 1 && isRangeAndCodes(rest[0], rest[1]);
    unsigned count = isPair ? 2 : 1;
    outline(rest.take_front(count), symbols);
    rest = rest.drop_front(count);
  }
}
