//===- Module.cpp -----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Module.h"
#include "Expressions.h"
#include "Inlining.h"
#include "smelt/Dialect/Ternary/Transforms/Passes.h"

using namespace mlir;
using namespace smelt;
using namespace smelt::c;

/// Data in the blob starts at a multiple of this.
static constexpr int64_t blobAlignment = 64;

int64_t GlobalData::getSize() const {
  return cast<emitc::ArrayType>(op.getType()).getShape().front();
}

IntegerType GlobalData::getElementType() const {
  return cast<IntegerType>(
      cast<emitc::ArrayType>(op.getType()).getElementType());
}

int64_t GlobalData::getBytes() const {
  return getSize() * std::max(getElementType().getWidth() / 8, 1u);
}

int64_t GlobalData::getDefinedBytes() const {
  return isAligned ? llvm::alignTo<sizeof(int64_t)>(getBytes()) : getBytes();
}

StringRef c::getLocationName(Location location) {
  StringRef name;
  location->walk([&](Location nested) {
    auto named = dyn_cast<NameLoc>(nested);
    if (!named)
      return WalkResult::advance();
    name = named.getName().getValue();
    return WalkResult::interrupt();
  });
  return name;
}

std::string c::describeShape(ArrayRef<int64_t> shape) {
  std::string text;
  for (int64_t size : shape)
    text += (text.empty() ? "" : "x") + std::to_string(size);
  return text.empty() ? "1" : text;
}

ModuleInfo::ModuleInfo(ModuleOp module, const COptions &options)
    : module(module), options(options), pointers(module),
      callSites(module, pointers), symbols(module) {}

bool ModuleInfo::isPublic(emitc::FuncOp function) const {
  return SymbolTable::getSymbolVisibility(function) ==
         SymbolTable::Visibility::Public;
}

StringRef ModuleInfo::getName(Operation *symbol) const {
  auto found = names.find(symbol);
  return found == names.end() ? StringRef() : StringRef(found->second);
}

static bool isNumber(Type type) {
  return isa<IntegerType>(type) && emitc::isSupportedIntegerType(type);
}

static bool isPrintable(Type type) {
  if (auto pointer = dyn_cast<emitc::PointerType>(type))
    return isNumber(pointer.getPointee());
  if (auto array = dyn_cast<emitc::ArrayType>(type))
    return array.getRank() == 1 && array.getShape().front() > 0 &&
           isNumber(array.getElementType());
  return isNumber(type);
}

static bool isStatement(Operation *op) {
  return isa<emitc::VariableOp, emitc::AssignOp, emitc::ForOp, emitc::IfOp,
             emitc::CallOp, emitc::ReturnOp, emitc::YieldOp>(op);
}

/// Whether the printers know `op`.
static bool isKnown(Operation *op) {
  if (isStatement(op) || isTerm(op))
    return true;
  if (auto call = dyn_cast<emitc::CallOpaqueOp>(op))
    return (call.getCallee() == "memcpy" || call.getCallee() == "memset") &&
           !call.getArgs() && !call.getTemplateArgs() &&
           call.getNumResults() == 0;
  if (auto compare = dyn_cast<emitc::CmpOp>(op))
    return compare.getPredicate() != emitc::CmpPredicate::three_way;
  return isExpression(op) && !isa<emitc::ExpressionOp>(op);
}

LogicalResult ModuleInfo::check(Operation *op) {
  if (!isKnown(op))
    return op->emitError("operation '")
           << op->getName() << "' has no C form here";
  for (Type type : op->getResultTypes())
    if (!isPrintable(type))
      return op->emitError() << "type " << type << " has no C form here";
  if (auto constant = dyn_cast<emitc::ConstantOp>(op))
    if (!isa<IntegerAttr>(constant.getValue()))
      return op->emitError("constant is no integer");
  if (auto variable = dyn_cast<emitc::VariableOp>(op)) {
    auto value = dyn_cast<emitc::OpaqueAttr>(variable.getValue());
    if (!value || !value.getValue().empty())
      return op->emitError("variable with an initial value");
  }
  if (auto assign = dyn_cast<emitc::AssignOp>(op)) {
    auto element = assign.getVar().getDefiningOp<emitc::SubscriptOp>();
    Value root = element ? getRoot(element.getValue()) : Value();
    if (element && (!root || (root.getDefiningOp<emitc::GetGlobalOp>() &&
                              pointers.isConst(root))))
      return op->emitError("writes to what is constant or not known");
  }
  needsString |= isa<emitc::CallOpaqueOp>(op);
  if (auto access = dyn_cast<emitc::GetGlobalOp>(op)) {
    Operation *global = symbols.lookup(access.getName());
    if (!isa_and_nonnull<emitc::GlobalOp>(global))
      return op->emitError("names no global");
    usedGlobals.insert(global);
  }
  return success();
}

/// Visits what `function` calls, and then appends it to `functions`.
LogicalResult ModuleInfo::visit(emitc::FuncOp function) {
  if (visited.contains(function))
    return success();
  if (ternary::isThreadFunction(function) && function.isExternal()) {
    needsThreads = true;
    return success();
  }
  if (!active.insert(function).second)
    return function.emitError("calls itself");
  if (function.isExternal())
    return function.emitError("has no body");
  if (!llvm::hasSingleElement(function.getBody()))
    return function.emitError("has more than one block");
  for (Type type : llvm::concat<const Type>(function.getArgumentTypes(),
                                            function.getResultTypes())) {
    if (!isPrintable(type) || isa<emitc::ArrayType>(type))
      return function.emitError() << "type " << type << " has no C form here";
    needsBool |= getTypeName(type) == "bool";
    headerNeedsBool |= isPublic(function) && getTypeName(type) == "bool";
  }
  WalkResult result = function.getBody().walk([&](Operation *op) {
    if (failed(check(op)))
      return WalkResult::interrupt();
    auto call = dyn_cast<emitc::CallOp>(op);
    if (!call)
      return WalkResult::advance();
    auto callee = symbols.lookup<emitc::FuncOp>(call.getCallee());
    if (!callee) {
      call.emitError("calls no known function");
      return WalkResult::interrupt();
    }
    return failed(visit(callee)) ? WalkResult::interrupt()
                                 : WalkResult::advance();
  });
  active.erase(function);
  visited.insert(function);
  functions.push_back(function);
  return failure(result.wasInterrupted());
}

/// Some byte of the array is used as a part of a wider number.
static bool isUsedWider(emitc::GlobalOp global, ModuleOp module) {
  WalkResult result = module.walk([&](emitc::CastOp cast) {
    auto pointer = dyn_cast<emitc::PointerType>(cast.getType());
    if (!pointer || pointer.getPointee().getIntOrFloatBitWidth() <= 8)
      return WalkResult::advance();
    Value root = getRoot(cast);
    auto access =
        root ? root.getDefiningOp<emitc::GetGlobalOp>() : emitc::GetGlobalOp();
    return access && access.getName() == global.getSymName()
               ? WalkResult::interrupt()
               : WalkResult::advance();
  });
  return result.wasInterrupted();
}

void ModuleInfo::addGlobal(emitc::GlobalOp global) {
  GlobalData data{global,
                  scope.add(toShortIdentifier(global.getSymName(), "data")),
                  false, std::nullopt, 0};
  names[global] = data.name;
  std::string code = data.name;
  bool isConst = global.getConstSpecifier();
  needsBool |= data.getElementType().getWidth() == 1;
  if (!isConst && !global.getInitialValue() && isUsedWider(global, module)) {
    data.isAligned = true;
    code += ".bytes";
  }
  if (isConst && global.getInitialValue() && options.blobThreshold &&
      data.getBytes() >= *options.blobThreshold &&
      data.getElementType().getWidth() == 8) {
    if (blobName.empty())
      blobName = scope.add(toIdentifier(name + "_weights", "weights"));
    data.blobOffset = llvm::alignTo(blobSize, blobAlignment);
    data.blobPadding = *data.blobOffset - blobSize;
    blobSize = *data.blobOffset + data.getBytes();
  }
  globalCode[global.getSymName()] = code;
  globals.push_back(data);
}

void ModuleInfo::nameEverything() {
  name = options.name;
  if (name.empty())
    if (auto model = module->getAttrOfType<StringAttr>("smelt.model"))
      name = model.getValue();
  if (name.empty() && !publicFunctions.empty())
    name = publicFunctions.front().getSymName();
  if (name == "main")
    name = "model";
  headerName = options.headerName.empty() ? toIdentifier(name, "model") + ".h"
                                          : options.headerName;
  for (emitc::FuncOp function : publicFunctions) {
    bool isMain = function.getSymName() == "main";
    names[function] = scope.add(toIdentifier(
        isMain ? StringRef(name) : function.getSymName(), "model"));
  }
  for (StringRef thread :
       {ternary::kThreadIndexName, ternary::kThreadCountName,
        ternary::kThreadPlaceName, ternary::kThreadBarrierName})
    if (Operation *function = needsThreads ? symbols.lookup(thread) : nullptr)
      names[function] = scope.add(thread.str());
  for (emitc::FuncOp function : functions)
    if (!isPublic(function))
      names[function] =
          scope.add(toShortIdentifier(function.getSymName(), "kernel"));
  // The data first, and then the memory.
  for (bool isConst : {true, false})
    for (Operation *op : usedGlobals)
      if (auto global = cast<emitc::GlobalOp>(op);
          global.getConstSpecifier() == isConst)
        addGlobal(global);
}

LogicalResult ModuleInfo::analyze() {
  for (Operation &op : *module.getBody()) {
    if (!isa<emitc::FuncOp, emitc::GlobalOp>(op))
      return op.emitError("operation '")
             << op.getName() << "' has no C form here";
    auto function = dyn_cast<emitc::FuncOp>(op);
    if (!function || !isPublic(function))
      continue;
    publicFunctions.push_back(function);
    if (failed(visit(function)))
      return failure();
  }
  if (publicFunctions.empty())
    return module.emitError("has no public function");
  for (Operation *op : usedGlobals) {
    auto global = cast<emitc::GlobalOp>(op);
    if (!isPrintable(global.getType()) ||
        !isa<emitc::ArrayType>(global.getType()))
      return op->emitError()
             << "type " << global.getType() << " has no C form here";
  }
  nameEverything();
  return success();
}

StringRef ModuleInfo::suggestName(BlockArgument argument) const {
  auto pointer = dyn_cast<emitc::PointerType>(argument.getType());
  if (!pointer)
    return "n";
  if (callSites.isConstantData(argument))
    return pointer.getPointee().isInteger(8) ? "weights" : "params";
  return pointers.isConst(argument) ? "in" : "out";
}

SmallVector<std::string> ModuleInfo::getArgumentNames(emitc::FuncOp function,
                                                      NameScope &scope) const {
  SmallVector<std::string> arguments;
  for (BlockArgument argument : function.getArguments()) {
    StringRef fallback = suggestName(argument);
    auto given = function.getArgAttrOfType<StringAttr>(argument.getArgNumber(),
                                                       "smelt.name");
    arguments.push_back(scope.add(
        given ? toIdentifier(given.getValue(), fallback) : fallback.str()));
  }
  return arguments;
}

bool ModuleInfo::isKernel(emitc::FuncOp function) const {
  return !isPublic(function) && function.getResultTypes().empty();
}

std::string ModuleInfo::getPrototype(emitc::FuncOp function,
                                     ArrayRef<std::string> arguments) const {
  std::string code = isKernel(function)   ? "NOCLONE static "
                     : isPublic(function) ? ""
                                          : "static ";
  bool isVoid = function.getResultTypes().empty();
  StringRef functionName = getName(function);
  code += isVoid
              ? "void " + functionName.str()
              : declare(function.getResultTypes().front(), functionName, false);
  code += "(";
  for (auto [index, argument] : llvm::enumerate(arguments)) {
    BlockArgument value = function.getArgument(index);
    code += index == 0 ? "" : ", ";
    bool isConst =
        isa<emitc::PointerType>(value.getType()) && pointers.isConst(value);
    bool isRestrict = callSites.isRestrict(value);
    code += declare(value.getType(), (isRestrict ? "restrict " : "") + argument,
                    isConst);
  }
  return code + (arguments.empty() ? "void)" : ")");
}

std::string ModuleInfo::describe(emitc::FuncOp function,
                                 unsigned argument) const {
  auto shape =
      function.getArgAttrOfType<DenseI64ArrayAttr>(argument, "smelt.shape");
  std::string type = getTypeName(function.getArgument(argument).getType());
  return shape ? describeShape(shape) + " " + type : type;
}

std::string ModuleInfo::getMacroPrefix() const {
  return toMacro(toIdentifier(name, "model"));
}

std::string ModuleInfo::getAttributeMacro(const GlobalData &global) const {
  emitc::GlobalOp op = global.op;
  if (global.blobOffset || op.getExternSpecifier())
    return "";
  return getMacroPrefix() +
         (op.getConstSpecifier() ? "_WEIGHTS_ATTRIBUTE" : "_ARENA_ATTRIBUTE");
}

int64_t ModuleInfo::getWeightBytes() const {
  int64_t bytes = 0;
  for (const GlobalData &global : globals)
    if (auto op = global.op; op.getConstSpecifier())
      bytes += global.getBytes();
  return bytes;
}

int64_t ModuleInfo::getArenaBytes() const {
  int64_t bytes = 0;
  for (const GlobalData &global : globals)
    if (auto op = global.op; !op.getConstSpecifier())
      bytes += global.getDefinedBytes();
  return bytes;
}
