//===- WebAssemblyInstructions.cpp ------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VectorInstructions.h"

using namespace mlir;
using namespace smelt;

namespace {
/// The vectors of 128 bits of WebAssembly.
class WebAssemblyInstructions : public VectorInstructions {
public:
  WebAssemblyInstructions(LoopBuilder &loops, const VectorTarget &target)
      : VectorInstructions(loops, target) {}

  Value dotBytes(Value sum, Value unsignedBytes, Value signedBytes,
                 int64_t largest) override;
  Value dotWords(Value sum, Value lhs, Value rhs) override;
  Value lookUp(ArrayRef<int8_t> table, Value indices) override;

private:
  Value addPairs(Value like, Value lhs, Value rhs) {
    return call("llvm.wasm.dot", like, {lhs, rhs});
  }
};
} // namespace

Value WebAssemblyInstructions::dotBytes(Value sum, Value unsignedBytes,
                                        Value signedBytes, int64_t) {
  return dotBytesAsWords(
      sum, unsignedBytes, signedBytes,
      [&](Value lhs, Value rhs) { return addPairs(sum, lhs, rhs); });
}

Value WebAssemblyInstructions::dotWords(Value sum, Value lhs, Value rhs) {
  return loops.add(sum, addPairs(sum, bitcast(lhs, 16), bitcast(rhs, 16)));
}

/// Of an index beyond 15 a lookup gives 0.
Value WebAssemblyInstructions::lookUp(ArrayRef<int8_t> table, Value indices) {
  Value bytes = loops.bitAnd(bitcast(indices, 8), 31);
  Value low = constantBytes(table.take_front(16));
  Value high = constantBytes(table.drop_front(16));
  Value first = call("llvm.wasm.swizzle", bytes, {low, bytes});
  Value second = call("llvm.wasm.swizzle", bytes,
                      {high, loops.sub(bytes, loops.constant(bytes, 16))});
  return bitcast(loops.bitOr(first, second), 32);
}

std::unique_ptr<VectorInstructions>
smelt::createWebAssemblyInstructions(LoopBuilder &loops,
                                     const VectorTarget &target) {
  return std::make_unique<WebAssemblyInstructions>(loops, target);
}
