//===- Diagnostics.cpp ------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Driver/Diagnostics.h"
#include "mlir/IR/Location.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace smelt;

namespace {
struct Place {
  std::string file;
  std::string node;
};
} // namespace

/// Finds the file and the node that a location names.
static void findPlace(Location location, Place &place) {
  llvm::TypeSwitch<LocationAttr>(location)
      .Case([&](NameLoc name) {
        if (place.node.empty())
          place.node = name.getName().str();
        findPlace(name.getChildLoc(), place);
      })
      .Case([&](FileLineColLoc file) {
        if (!place.file.empty())
          return;
        place.file = file.getFilename().str();
        if (file.getLine() != 0)
          place.file += ":" + std::to_string(file.getLine()) + ":" +
                        std::to_string(file.getColumn());
      })
      .Case([&](FusedLoc fused) {
        for (Location part : fused.getLocations())
          findPlace(part, place);
      })
      .Case([&](CallSiteLoc call) {
        findPlace(call.getCallee(), place);
        findPlace(call.getCaller(), place);
      })
      .Case([&](OpaqueLoc opaque) {
        findPlace(opaque.getFallbackLocation(), place);
      });
}

static StringRef severityName(DiagnosticSeverity severity) {
  switch (severity) {
  case DiagnosticSeverity::Error:
    return "error";
  case DiagnosticSeverity::Warning:
    return "warning";
  case DiagnosticSeverity::Note:
  case DiagnosticSeverity::Remark:
    return "note";
  }
  return "error";
}

static void print(const Diagnostic &diagnostic) {
  Place place;
  findPlace(diagnostic.getLocation(), place);
  llvm::raw_ostream &stream = llvm::errs();
  stream << (place.file.empty() ? "smelt" : place.file) << ": ";
  if (!place.node.empty())
    stream << "node '" << place.node << "': ";
  stream << severityName(diagnostic.getSeverity()) << ": " << diagnostic
         << "\n";
}

DiagnosticPrinter::DiagnosticPrinter(MLIRContext *context)
    : ScopedDiagnosticHandler(context) {
  setHandler([](Diagnostic &diagnostic) {
    print(diagnostic);
    for (const Diagnostic &note : diagnostic.getNotes())
      print(note);
  });
}

LogicalResult smelt::reportError(StringRef path, const llvm::Twine &message) {
  llvm::errs() << (path.empty() ? "smelt" : path) << ": error: " << message
               << "\n";
  return failure();
}

LogicalResult smelt::reportError(StringRef path, llvm::Error error) {
  return reportError(path, llvm::toString(std::move(error)));
}
