//===- LargeConstants.cpp ---------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LargeConstants.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/Object/ObjectFile.h"
#include "llvm/TargetParser/Triple.h"

using namespace mlir;
using namespace smelt;

static constexpr size_t kLeastBytes = 1024;

/// Constants of more bytes together do not all lie within 2 GiB of the code.
static constexpr uint64_t kMostNearBytes = uint64_t(3) << 29;

/// The bytes of a constant as they are in memory, if it has them.
static ArrayRef<char> getRawBytes(Attribute value) {
  if (auto resource = dyn_cast_or_null<DenseResourceElementsAttr>(value)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (blob && !resource.getElementType().isInteger(1))
      return blob->getData();
  }
  if (auto dense = dyn_cast_or_null<DenseElementsAttr>(value))
    if (!dense.isSplat() && !dense.getElementType().isInteger(1))
      return dense.getRawData();
  return {};
}

std::vector<LargeConstant> smelt::takeLargeConstants(ModuleOp module) {
  std::vector<LargeConstant> constants;
  for (auto global : module.getOps<LLVM::GlobalOp>()) {
    ArrayRef<char> bytes = getRawBytes(global.getValueOrNull());
    if (!global.getConstant() || bytes.size() < kLeastBytes)
      continue;
    global.removeValueAttr();
    global.setLinkage(LLVM::Linkage::External);
    global.setDsoLocal(false);
    constants.push_back({global.getSymName().str(), bytes});
  }
  return constants;
}

void smelt::reserveLargeConstants(llvm::Module &module,
                                  ArrayRef<LargeConstant> constants) {
  uint64_t total = 0;
  for (const LargeConstant &constant : constants)
    total += constant.bytes.size();
  bool isFar =
      total > kMostNearBytes &&
      llvm::Triple(module.getTargetTriple()).getArch() == llvm::Triple::x86_64;
  for (const LargeConstant &constant : constants) {
    llvm::GlobalVariable *global = module.getNamedGlobal(constant.name);
    if (!global)
      continue;
    global->setInitializer(
        llvm::Constant::getNullValue(global->getValueType()));
    global->setLinkage(llvm::GlobalValue::InternalLinkage);
    // The zeros are no fact to compute with.
    global->setExternallyInitialized(true);
    if (isFar)
      global->setCodeModel(llvm::CodeModel::Large);
  }
}

llvm::Error smelt::fillLargeConstants(llvm::MutableArrayRef<char> object,
                                      ArrayRef<LargeConstant> constants) {
  auto file = llvm::object::ObjectFile::createObjectFile(
      llvm::MemoryBufferRef(StringRef(object.data(), object.size()), ""));
  if (!file)
    return file.takeError();
  llvm::StringMap<ArrayRef<char>> bytesOf;
  for (const LargeConstant &constant : constants)
    bytesOf[constant.name] = constant.bytes;
  for (const llvm::object::SymbolRef &symbol : (*file)->symbols()) {
    llvm::Expected<StringRef> name = symbol.getName();
    if (!name)
      return name.takeError();
    auto found = bytesOf.find(*name);
    if (found == bytesOf.end())
      continue;
    llvm::Expected<llvm::object::section_iterator> section =
        symbol.getSection();
    if (!section)
      return section.takeError();
    llvm::Expected<uint64_t> address = symbol.getAddress();
    if (!address)
      return address.takeError();
    llvm::Expected<StringRef> contents = (*section)->getContents();
    if (!contents)
      return contents.takeError();
    uint64_t offset = *address - (*section)->getAddress();
    assert(offset + found->second.size() <= contents->size());
    llvm::copy(found->second,
               object.data() + (contents->data() - object.data()) + offset);
  }
  return llvm::Error::success();
}
