//===- Sections.cpp ---------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Target/LLVM/Sections.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Object/ELFObjectFile.h"

using namespace smelt;
using namespace llvm::object;

static SectionKind getKind(uint64_t flags) {
  if (flags & llvm::ELF::SHF_EXECINSTR)
    return SectionKind::Code;
  return flags & llvm::ELF::SHF_WRITE ? SectionKind::Memory
                                      : SectionKind::Constants;
}

llvm::Expected<std::vector<Section>>
smelt::readSections(llvm::StringRef object) {
  llvm::Expected<std::unique_ptr<ObjectFile>> file =
      ObjectFile::createELFObjectFile(llvm::MemoryBufferRef(object, "object"));
  if (!file)
    return file.takeError();
  std::vector<Section> sections;
  for (ELFSectionRef section :
       llvm::cast<ELFObjectFileBase>(**file).sections()) {
    uint64_t flags = section.getFlags();
    if (!(flags & llvm::ELF::SHF_ALLOC) || section.getSize() == 0)
      continue;
    llvm::Expected<llvm::StringRef> name = section.getName();
    if (!name)
      return name.takeError();
    sections.push_back({name->str(), getKind(flags),
                        static_cast<int64_t>(section.getSize()),
                        section.getType() != llvm::ELF::SHT_NOBITS});
  }
  return sections;
}

llvm::Error smelt::readFunctionSizes(llvm::StringRef object,
                                     CodeReport &report) {
  llvm::Expected<std::unique_ptr<ObjectFile>> file =
      ObjectFile::createObjectFile(llvm::MemoryBufferRef(object, "object"));
  if (!file)
    return file.takeError();
  auto *elf = llvm::dyn_cast<ELFObjectFileBase>(file->get());
  if (!elf)
    return llvm::Error::success();
  llvm::StringMap<int64_t> sizes;
  for (const ELFSymbolRef &symbol : elf->symbols()) {
    if (symbol.getELFType() != llvm::ELF::STT_FUNC)
      continue;
    llvm::Expected<llvm::StringRef> name = symbol.getName();
    if (!name)
      return name.takeError();
    sizes[*name] = static_cast<int64_t>(symbol.getSize());
  }
  for (FunctionCode &code : report.functions)
    code.codeBytes = sizes.lookup(code.name);
  return llvm::Error::success();
}
