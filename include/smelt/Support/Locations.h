//===- Locations.h ----------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_SUPPORT_LOCATIONS_H
#define SMELT_SUPPORT_LOCATIONS_H

#include "mlir/IR/Location.h"

namespace smelt {

/// The name of the source node that a location stands for: the first NameLoc in
/// it, or "" if there is none.
llvm::StringRef getLayerName(mlir::Location location);

} // namespace smelt

#endif
