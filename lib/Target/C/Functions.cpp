//===- Functions.cpp --------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Expressions.h"
#include "Module.h"
#include "SourceWriter.h"
#include "smelt/Dialect/Ternary/Transforms/Passes.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace smelt;
using namespace smelt::c;

namespace {

/// Prints one function's statements.
class FunctionPrinter {
public:
  FunctionPrinter(emitc::FuncOp function, const ModuleInfo &info,
                  llvm::raw_ostream &os)
      : function(function), info(info), out(os),
        inlining(function, info.pointers),
        expressions(inlining, info.pointers, info.globalCode) {}

  void print();
  bool hasUsedBool() const { return usesBool || expressions.hasUsedBool(); }

private:
  void printBlock(Block &block, NameScope &scope);
  void printOperation(Operation *op, NameScope &scope);
  void printVariable(emitc::VariableOp op, NameScope &scope);
  void printAssign(emitc::AssignOp op, NameScope &scope);
  std::string printCompound(emitc::AssignOp op, const std::string &target);
  void printLoop(emitc::ForOp op, NameScope &scope);
  void printIf(emitc::IfOp op, NameScope &scope, StringRef prefix);
  void printCall(emitc::CallOp op, NameScope &scope);
  void printCallOpaque(emitc::CallOpaqueOp op);
  void printReturn(emitc::ReturnOp op);
  void printComment();
  bool isFixed(Value value);
  void printBuffers(NameScope &scope);
  void printCallComment(emitc::CallOp op);
  /// Starts the definition of a local: `type name`.
  std::string declareLocal(Value value, NameScope &scope);
  std::string joinOperands(ValueRange operands);

  std::string suggestName(Value value) const;
  std::string suggestVariableName(emitc::VariableOp op) const;
  std::string suggestPointerName(Value pointer) const;

  emitc::FuncOp function;
  const ModuleInfo &info;
  SourceWriter out;
  Inlining inlining;
  ExpressionPrinter expressions;
  bool isFirstStatement = true;
  bool usesBool = false;
};

/// Whether `value` only ever says where in memory something is.
bool isIndex(Value value) {
  return !value.use_empty() &&
         llvm::all_of(value.getUsers(), [](Operation *op) {
           return isa<emitc::SubscriptOp>(op) ||
                  (isa<emitc::AddOp, emitc::MulOp>(op) &&
                   (isa<emitc::PointerType>(op->getResult(0).getType()) ||
                    isIndex(op->getResult(0))));
         });
}

std::string FunctionPrinter::suggestPointerName(Value pointer) const {
  if (info.isPublic(function)) {
    StringRef layer = getLocationName(pointer.getLoc());
    if (!layer.empty())
      return toShortIdentifier(layer, "buffer");
  }
  Value root = getRoot(pointer);
  StringRef name = root ? expressions.getName(root) : StringRef();
  if (!name.empty() && isa<BlockArgument>(root))
    return (name + "_at").str();
  return name.empty() ? "buffer" : (name + "_part").str();
}

std::string FunctionPrinter::suggestVariableName(emitc::VariableOp op) const {
  if (isa<emitc::ArrayType>(op.getType()))
    return "scratch";
  for (Operation *user : op->getUsers()) {
    auto assign = dyn_cast<emitc::AssignOp>(user);
    if (!assign || assign.getVar() != op.getResult() ||
        assign->getBlock() == op->getBlock())
      continue;
    Operation *value = assign.getValue().getDefiningOp();
    if (isa_and_nonnull<emitc::AddOp>(value))
      return "acc";
    if (isa_and_nonnull<emitc::ConditionalOp>(value) &&
        isa<emitc::ForOp>(assign->getParentOp()))
      return "best";
  }
  return "value";
}

std::string FunctionPrinter::suggestName(Value value) const {
  Operation *op = value.getDefiningOp();
  if (auto variable = dyn_cast<emitc::VariableOp>(op))
    return suggestVariableName(variable);
  if (isa<emitc::PointerType>(value.getType()))
    return suggestPointerName(value);
  if (isIndex(value))
    return "offset";
  if (auto load = dyn_cast<emitc::ApplyOp>(op)) {
    Value root = getRoot(load.getOperand());
    StringRef name = root ? expressions.getName(root) : StringRef();
    return name.empty() || name.size() > 16 ? "value" : (name + "_value").str();
  }
  if (auto cast = dyn_cast<emitc::CastOp>(op)) {
    Operation *source = cast.getSource().getDefiningOp();
    if (source && inlining.isInlined(cast.getSource()) && !isTerm(source))
      return suggestName(cast.getSource());
    return "value";
  }
  return TypeSwitch<Operation *, std::string>(op)
      .Case<emitc::AddOp>([](auto) { return "sum"; })
      .Case<emitc::SubOp>([](auto) { return "difference"; })
      .Case<emitc::MulOp>([](auto) { return "product"; })
      .Case<emitc::DivOp>([](auto) { return "quotient"; })
      .Case<emitc::RemOp>([](auto) { return "remainder"; })
      .Case<emitc::BitwiseLeftShiftOp, emitc::BitwiseRightShiftOp>(
          [](auto) { return "shifted"; })
      .Case<emitc::BitwiseAndOp, emitc::BitwiseOrOp, emitc::BitwiseXorOp,
            emitc::BitwiseNotOp>([](auto) { return "bits"; })
      .Case<emitc::ConditionalOp>([](emitc::ConditionalOp op) {
        auto test = op.getCondition().getDefiningOp<emitc::CmpOp>();
        bool isClamp = test && test->getOperand(0) == op.getTrueValue() &&
                       test->getOperand(1) == op.getFalseValue();
        return isClamp ? "clamped" : "chosen";
      })
      .Case<emitc::UnaryMinusOp>([](auto) { return "negated"; })
      .Case<emitc::CmpOp, emitc::LogicalAndOp, emitc::LogicalOrOp,
            emitc::LogicalNotOp>([](auto) { return "test"; })
      .Default([](auto) { return "value"; });
}

std::string FunctionPrinter::declareLocal(Value value, NameScope &scope) {
  expressions.setName(value, scope.add(suggestName(value)));
  bool isConst =
      isa<emitc::PointerType>(value.getType()) && info.pointers.isConst(value);
  usesBool |= getTypeName(value.getType()) == "bool";
  return declare(value.getType(), expressions.getName(value), isConst);
}

std::string FunctionPrinter::joinOperands(ValueRange operands) {
  std::string joined;
  for (Value operand : operands)
    joined += (joined.empty() ? "" : ", ") + expressions.print(operand);
  return joined;
}

void FunctionPrinter::printVariable(emitc::VariableOp op, NameScope &scope) {
  if (!isa<emitc::ArrayType>(op.getType())) {
    auto users = llvm::to_vector(op->getUsers());
    Operation *first = nullptr;
    for (Operation *user : users) {
      Operation *ancestor = op->getBlock()->findAncestorOpInBlock(*user);
      if (!first || ancestor->isBeforeInBlock(first))
        first = ancestor;
    }
    // The first assignment in the same block declares it.
    auto assign = dyn_cast_or_null<emitc::AssignOp>(first);
    if (!first || (assign && assign.getVar() == op.getResult() &&
                   assign.getValue() != op.getResult()))
      return;
  }
  out.line(declareLocal(op, scope) + ";");
}

/// `+=` for `+`; "" if `op` has no such form.
static StringRef getCompoundSymbol(Operation *op) {
  return TypeSwitch<Operation *, StringRef>(op)
      .Case<emitc::AddOp>([](auto) { return "+="; })
      .Case<emitc::SubOp>([](auto) { return "-="; })
      .Case<emitc::MulOp>([](auto) { return "*="; })
      .Case<emitc::BitwiseAndOp>([](auto) { return "&="; })
      .Case<emitc::BitwiseOrOp>([](auto) { return "|="; })
      .Case<emitc::BitwiseXorOp>([](auto) { return "^="; })
      .Default([](auto) { return ""; });
}

/// `target += y` for `target = target + y` and `target = y + target`; "" if
/// the assignment has another form.
std::string FunctionPrinter::printCompound(emitc::AssignOp op,
                                           const std::string &target) {
  Operation *value = op.getValue().getDefiningOp();
  if (!value || !inlining.isInlined(op.getValue()))
    return "";
  StringRef symbol = getCompoundSymbol(value);
  if (symbol.empty() || value->getOperand(0).getType() != op.getVar().getType())
    return "";
  bool isCommutative = !isa<emitc::SubOp>(value);
  for (unsigned index : {0, 1}) {
    Value same = value->getOperand(index), other = value->getOperand(1 - index);
    if (expressions.print(same) == target && (index == 0 || isCommutative))
      return target + " " + symbol.str() + " " + expressions.print(other) + ";";
  }
  return "";
}

void FunctionPrinter::printAssign(emitc::AssignOp op, NameScope &scope) {
  Value var = op.getVar();
  if (var.getDefiningOp<emitc::VariableOp>() && !expressions.hasName(var)) {
    std::string value = expressions.print(op.getValue());
    out.line(declareLocal(var, scope) + " = " + value + ";");
    return;
  }
  std::string target = expressions.print(var);
  std::string compound = printCompound(op, target);
  out.line(compound.empty()
               ? target + " = " + expressions.print(op.getValue()) + ";"
               : compound);
}

void FunctionPrinter::printLoop(emitc::ForOp op, NameScope &scope) {
  NameScope inner(&scope);
  std::string counter = inner.addCounter();
  expressions.setName(op.getInductionVar(), counter);
  std::string advance =
      matchPattern(op.getStep(), m_One())
          ? counter + "++"
          : counter + " += " + expressions.print(op.getStep());
  out.open("for (" + declare(op.getInductionVar().getType(), counter, false) +
           " = " + expressions.print(op.getLowerBound()) + "; " + counter +
           " < " + expressions.print(op.getUpperBound()) + "; " + advance +
           ")");
  printBlock(*op.getBody(), inner);
  out.close();
}

void FunctionPrinter::printIf(emitc::IfOp op, NameScope &scope,
                              StringRef prefix) {
  out.open(prefix + "if (" + expressions.print(op.getCondition()) + ")");
  {
    NameScope inner(&scope);
    printBlock(op.getThenRegion().front(), inner);
  }
  if (op.getElseRegion().empty() ||
      llvm::hasSingleElement(op.getElseRegion().front())) {
    out.close();
    return;
  }
  NameScope inner(&scope);
  out.close("} else {");
  out.indentMore();
  printBlock(op.getElseRegion().front(), inner);
  out.close();
}

void FunctionPrinter::printCallComment(emitc::CallOp op) {
  auto types = op->getAttrOfType<ArrayAttr>("smelt.operand_types");
  StringRef layer = getLocationName(op.getLoc()).split(';').first;
  auto callee = SymbolTable::lookupNearestSymbolFrom<emitc::FuncOp>(
      op, op.getCalleeAttr());
  std::string from, to;
  for (auto [index, operand] : llvm::enumerate(op.getOperands())) {
    auto type =
        types && index < types.size()
            ? dyn_cast<MemRefType>(cast<TypeAttr>(types[index]).getValue())
            : MemRefType();
    Value root = getRoot(operand);
    if (!type || (root && root.getDefiningOp<emitc::GetGlobalOp>() &&
                  info.pointers.isConst(operand)))
      continue;
    bool isInput = callee && info.pointers.isConst(callee.getArgument(index));
    std::string &list = isInput ? from : to;
    list += list.empty() ? "" : ", ";
    list += describeShape(type.getShape());
  }
  if (!layer.empty() || !to.empty()) {
    if (!isFirstStatement)
      out.blank();
    std::string text = layer.str();
    if (!to.empty())
      text += (text.empty() ? "" : ": ") + from + (from.empty() ? "" : " ") +
              "-> " + to;
    if (!text.empty())
      out.comment(text);
  }
}

void FunctionPrinter::printCall(emitc::CallOp op, NameScope &scope) {
  auto callee = SymbolTable::lookupNearestSymbolFrom<emitc::FuncOp>(
      op, op.getCalleeAttr());
  if (info.isPublic(function))
    printCallComment(op);
  std::string code = (info.getName(callee) + "(").str();
  code += joinOperands(op.getOperands()) + ");";
  if (op->hasAttr(ternary::kParallelCallName)) {
    out.directive("#ifdef _OPENMP");
    out.directive("#pragma omp parallel num_threads(THREADS)");
    out.directive("#endif");
  }
  bool isUsed = op.getNumResults() == 1 && !op.getResult(0).use_empty();
  out.line(isUsed ? declareLocal(op.getResult(0), scope) + " = " + code : code);
}

void FunctionPrinter::printCallOpaque(emitc::CallOpaqueOp op) {
  out.line(op.getCallee() + "(" + joinOperands(op.getOperands()) + ");");
}

void FunctionPrinter::printReturn(emitc::ReturnOp op) {
  if (op.getOperand())
    out.line("return " + expressions.print(op.getOperand()) + ";");
}

void FunctionPrinter::printOperation(Operation *op, NameScope &scope) {
  TypeSwitch<Operation *>(op)
      .Case<emitc::VariableOp>([&](auto op) { printVariable(op, scope); })
      .Case<emitc::AssignOp>([&](auto op) { printAssign(op, scope); })
      .Case<emitc::ForOp>([&](auto op) { printLoop(op, scope); })
      .Case<emitc::IfOp>([&](auto op) { printIf(op, scope, ""); })
      .Case<emitc::CallOp>([&](auto op) { printCall(op, scope); })
      .Case<emitc::CallOpaqueOp>([&](auto op) { printCallOpaque(op); })
      .Case<emitc::ReturnOp>([&](auto op) { printReturn(op); })
      .Case<emitc::YieldOp>([](auto) {})
      .Default([&](Operation *op) {
        if (op->use_empty())
          return;
        std::string code = expressions.printOperation(op);
        out.line(declareLocal(op->getResult(0), scope) + " = " + code + ";");
      });
  isFirstStatement = false;
}

void FunctionPrinter::printBlock(Block &block, NameScope &scope) {
  for (Operation &op : block)
    if (op.getNumResults() != 1 || (!inlining.isInlined(op.getResult(0)) &&
                                    !expressions.hasName(op.getResult(0))))
      printOperation(&op, scope);
}

void FunctionPrinter::printComment() {
  std::string from, to;
  for (BlockArgument argument : function.getArguments()) {
    if (!isa<emitc::PointerType>(argument.getType()))
      continue;
    std::string &list = info.pointers.isConst(argument) ? from : to;
    list += (list.empty() ? "" : ", ") + expressions.getName(argument).str() +
            ": " + info.describe(function, argument.getArgNumber());
  }
  if (!from.empty() && !to.empty())
    from += " -> ";
  if (!(from + to).empty())
    out.comment(from + to);
}

/// Whether `value` is known where the function starts.
bool FunctionPrinter::isFixed(Value value) {
  if (!inlining.isInlined(value))
    return expressions.hasName(value);
  Operation *op = value.getDefiningOp();
  return isTerm(op) || (isa<emitc::PointerType>(value.getType()) &&
                        isa<emitc::AddOp, emitc::CastOp>(op) &&
                        llvm::all_of(op->getOperands(), [this](Value operand) {
                          return isFixed(operand);
                        }));
}

/// Defines the pointers into static memory first, before the layers.
void FunctionPrinter::printBuffers(NameScope &scope) {
  for (Operation &op : function.getBody().front())
    if (isa<emitc::AddOp, emitc::CastOp>(op) &&
        isa<emitc::PointerType>(op.getResult(0).getType()) &&
        !inlining.isInlined(op.getResult(0)) &&
        llvm::all_of(op.getOperands(),
                     [this](Value operand) { return isFixed(operand); }))
      printOperation(&op, scope);
}

void FunctionPrinter::print() {
  NameScope scope(&info.scope);
  SmallVector<std::string> names = info.getArgumentNames(function, scope);
  for (auto [argument, name] : llvm::zip_equal(function.getArguments(), names))
    expressions.setName(argument, name);
  out.blank();
  if (!info.isPublic(function))
    printComment();
  out.open(info.getPrototype(function, names));
  for (BlockArgument argument : function.getArguments())
    if (argument.use_empty())
      out.line("(void)" + expressions.getName(argument) + ";");
  if (info.isPublic(function))
    printBuffers(scope);
  printBlock(function.getBody().front(), scope);
  out.close();
}

} // namespace

bool c::printFunction(emitc::FuncOp function, const ModuleInfo &info,
                      llvm::raw_ostream &source) {
  FunctionPrinter printer(function, info, source);
  printer.print();
  return printer.hasUsedBool();
}
