//===- Serialization.h ------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_RUNTIME_SERIALIZATION_H
#define SMELT_RUNTIME_SERIALIZATION_H

#include "smelt/Runtime/TokenizerDefinition.h"
#include <string>
#include <string_view>

namespace smelt::runtime {

/// `definition` as bytes for a compiled program to embed: `SMLTTOK` and a
/// version, then every member in the order of its declaration. Integers are
/// LEB128, lists and texts have their length before them. The same on every
/// machine.
std::string serialize(const TokenizerDefinition &definition);

/// The reverse. Fails at bytes that `serialize` does not write; what they say
/// is for `validate` to check.
Result<TokenizerDefinition> deserialize(std::string_view bytes);

} // namespace smelt::runtime

#endif
