//===- OpTable.cpp ----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Node.h"

using namespace mlir;
using namespace smelt;
using namespace smelt::onnximport;

const OpTable &OpTable::get() {
  static const OpTable table;
  return table;
}

OpTable::OpTable() {
  registerActivations(*this);
  registerArithmetic(*this);
  registerConvolutions(*this);
  registerIndexing(*this);
  registerMatrixProducts(*this);
  registerNormalizations(*this);
  registerPoolings(*this);
  registerQuantized(*this);
  registerQLinear(*this);
  registerReductions(*this);
  registerResize(*this);
  registerShapes(*this);
}

void OpTable::add(StringRef name, Handler handler, unsigned minInputs,
                  unsigned maxInputs, InputTypes types,
                  OnQuantized onQuantized) {
  ops[(":" + name).str()] = {handler, minInputs, maxInputs, types, onQuantized};
}

void OpTable::addIn(StringRef domain, StringRef name, Handler handler,
                    unsigned minInputs, unsigned maxInputs) {
  ops[(domain + ":" + name).str()] = {handler, minInputs, maxInputs,
                                      InputTypes::Any, OnQuantized::Handle};
}

const OpInfo *OpTable::find(StringRef domain, StringRef opType) const {
  auto found = ops.find((domain + ":" + opType).str());
  return found == ops.end() ? nullptr : &found->second;
}
