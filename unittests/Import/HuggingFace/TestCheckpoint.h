//===- TestCheckpoint.h -----------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_UNITTESTS_IMPORT_HUGGINGFACE_TESTCHECKPOINT_H
#define SMELT_UNITTESTS_IMPORT_HUGGINGFACE_TESTCHECKPOINT_H

#include "smelt/Import/HuggingFace/TransformerTensors.h"
#include <string>
#include <vector>

namespace smelt::hf {

/// A folder that is removed with all that is in it.
class TemporaryFolder {
public:
  TemporaryFolder();
  TemporaryFolder(const TemporaryFolder &) = delete;
  ~TemporaryFolder();

  std::string getPath(llvm::StringRef name = "") const;
  void write(llvm::StringRef name, llvm::StringRef contents) const;

private:
  std::string path;
};

/// Makes the contents of a safetensors file.
class SafetensorsBuilder {
public:
  /// `bytes` is not checked against type and shape.
  SafetensorsBuilder &add(llvm::StringRef name, llvm::StringRef type,
                          llvm::ArrayRef<int64_t> shape, llvm::StringRef bytes);
  SafetensorsBuilder &addF32(llvm::StringRef name,
                             llvm::ArrayRef<int64_t> shape,
                             llvm::ArrayRef<float> values);
  SafetensorsBuilder &addBF16(llvm::StringRef name,
                              llvm::ArrayRef<int64_t> shape,
                              llvm::ArrayRef<float> values);
  std::string build() const;

private:
  std::string header = "{\"__metadata__\":{\"format\":\"pt\"}";
  std::string data;
};

/// A header's length, header and data, as a safetensors file has them.
std::string makeSafetensors(llvm::StringRef header, llvm::StringRef data);

/// Whether an error or warning whose message contains `text` was reported.
bool hasFinding(const Report &report, bool isError, llvm::StringRef text);
bool hasError(const Report &report, llvm::StringRef text);
bool hasWarning(const Report &report, llvm::StringRef text);
/// All that was reported, a line each.
std::string format(const Report &report);

/// A `config.json` of 2 layers, hidden size 8, 2 heads and 1 key-value head of
/// 4, 12 inner and 16 tokens. `extra` is added, such as ", \"dtype\": \"x\"".
std::string tinyConfig(llvm::StringRef architecture,
                       llvm::StringRef extra = "");

/// The tensors that a configuration needs, of varied numbers. Offline
/// quantized matrices are packed.
SafetensorsBuilder tinyTensors(const ModelConfig &config);

/// `tinyConfig` as it is parsed; it must be sound.
ModelConfig parseTiny(llvm::StringRef architecture, llvm::StringRef extra = "");

/// The folder of models and data that are not committed, or empty.
std::string getSharedData();

} // namespace smelt::hf

#endif
