//===- Safetensors.h --------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_IMPORT_HUGGINGFACE_SAFETENSORS_H
#define SMELT_IMPORT_HUGGINGFACE_SAFETENSORS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"
#include <memory>
#include <string>
#include <vector>

namespace smelt::hf {

/// The element types of the safetensors format.
enum class ElementType : uint8_t {
  Bool,
  F4,
  F6E2M3,
  F6E3M2,
  U8,
  I8,
  F8E5M2,
  F8E4M3,
  F8E5M2FNUZ,
  F8E4M3FNUZ,
  F8E8M0,
  I16,
  U16,
  F16,
  BF16,
  I32,
  U32,
  F32,
  C64,
  F64,
  I64,
  U64,
};

/// The name that the format has for a type, such as `BF16`.
llvm::StringRef getName(ElementType type);

/// Bits of an element.
unsigned getBits(ElementType type);

/// Whether `readFloats` takes a type: F16, BF16, F32 and F64.
bool isReadableFloat(ElementType type);

/// A tensor of a file, row-major and little-endian. `bytes` are those of the
/// file; they may lie at any address.
struct TensorView {
  std::string name;
  ElementType type = ElementType::U8;
  llvm::SmallVector<int64_t, 2> shape;
  llvm::ArrayRef<uint8_t> bytes;

  int64_t getNumElements() const;
  /// "BF16 6912x2560".
  std::string describe() const;
};

/// Reads elements `first` to `first + result.size()` of a tensor of a type that
/// `isReadableFloat`. Each is exact in f32 but those of F64, which are rounded.
void readFloats(const TensorView &tensor, int64_t first,
                llvm::MutableArrayRef<float> result);

/// A memory-mapped `.safetensors` file.
///
/// The file is untrusted. Every rule of the format is checked when it is
/// opened: the header is UTF-8 JSON of at most 100,000,000 bytes without
/// duplicate keys, each tensor's range is as long as its type and shape need,
/// and the ranges cover the rest of the file without holes or overlaps
/// (https://github.com/huggingface/safetensors, "Format"). A file that another
/// process shortens while it is mapped cannot be guarded against.
class SafetensorsFile {
public:
  static llvm::Expected<SafetensorsFile> open(llvm::StringRef path);
  static llvm::Expected<SafetensorsFile>
  parse(std::unique_ptr<llvm::MemoryBuffer> buffer);

  /// The tensors in the order of their data.
  llvm::ArrayRef<TensorView> getTensors() const { return tensors; }

  /// The strings of `__metadata__`.
  const llvm::StringMap<std::string> &getMetadata() const { return metadata; }

private:
  std::unique_ptr<llvm::MemoryBuffer> buffer;
  std::vector<TensorView> tensors;
  llvm::StringMap<std::string> metadata;
};

} // namespace smelt::hf

#endif
