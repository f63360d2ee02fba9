//===- Checkpoint.h ---------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_IMPORT_HUGGINGFACE_CHECKPOINT_H
#define SMELT_IMPORT_HUGGINGFACE_CHECKPOINT_H

#include "smelt/Import/HuggingFace/Report.h"
#include "smelt/Import/HuggingFace/Safetensors.h"
#include <optional>

namespace smelt::hf {

/// The tensors of a folder in Hugging Face's layout: those of
/// `model.safetensors`, or else of the files that `weight_map` of
/// `model.safetensors.index.json` names. All files are mapped and none copied.
///
/// The index is untrusted: it cannot name a file outside of the folder. A
/// symbolic link in the folder is followed, since Hugging Face's own cache
/// consists of them.
class Checkpoint {
public:
  /// Opens the checkpoint, or returns nothing after reporting why not.
  static std::optional<Checkpoint> open(llvm::StringRef folder, Report &report);

  /// The tensor of a name, or null. It lives as long as the checkpoint, also
  /// when that is moved.
  const TensorView *find(llvm::StringRef name) const;

  /// All tensors, by name.
  std::vector<const TensorView *> getTensors() const;

  /// The path of the file that holds a tensor of this checkpoint.
  llvm::StringRef getFile(const TensorView &tensor) const;

  llvm::StringRef getFolder() const { return folder; }

  /// The path of a file of the folder.
  std::string getPath(llvm::StringRef name) const;

private:
  struct Shard {
    std::string path;
    SafetensorsFile file;
  };
  struct Location {
    const TensorView *tensor;
    size_t shard;
  };

  bool addFile(llvm::StringRef name, Report &report);
  bool addIndexed(llvm::StringRef indexPath, Report &report);

  std::string folder;
  std::vector<Shard> shards;
  llvm::StringMap<Location> tensors;
};

} // namespace smelt::hf

#endif
