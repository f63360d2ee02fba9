#!/usr/bin/env python3
"""Lay out a new pass of the ternary dialect.

    utils/new-pass.py ternary-merge-sign --summary "Merge sign of sign" --op sign

adds the entry in Passes.td, the file in lib/Dialect/Ternary/Transforms, its line
in CMakeLists.txt, and a lit test. The pass builds and runs, and changes nothing
until its pattern is written. docs/adding-a-pass.md goes through it.
"""

import argparse
import re
import sys
from pathlib import Path

TRANSFORMS = Path("Dialect/Ternary/Transforms")

TABLEGEN = """\
def {cls} : Pass<"{name}", "::mlir::func::FuncOp"> {{
  let summary = "{summary}";
  let description = [{{
    {summary}.
  }}];
  let dependentDialects = ["::smelt::ternary::TernaryDialect"];
}}

"""

SOURCE = """\
{banner}
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "smelt/Dialect/Ternary/IR/TernaryOps.h"
#include "smelt/Dialect/Ternary/Transforms/Passes.h"

namespace smelt::ternary {{
#define GEN_PASS_DEF_{upper}
#include "smelt/Dialect/Ternary/Transforms/Passes.h.inc"
}} // namespace smelt::ternary

using namespace mlir;
using namespace smelt;
using namespace smelt::ternary;

namespace {{
struct {stem}Pattern : OpRewritePattern<{op}> {{
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite({op} op,
                                PatternRewriter &rewriter) const override {{
    return failure();
  }}
}};

class {stem} : public ternary::impl::{cls}Base<{stem}> {{
  void runOnOperation() override {{
    RewritePatternSet patterns(&getContext());
    patterns.add<{stem}Pattern>(&getContext());
    if (failed(
            applyPatternsAndFoldGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }}
}};
}} // namespace
"""

TEST = """\
// RUN: smelt-opt %s --{name} | FileCheck %s

// CHECK-LABEL: func.func @unchanged
// CHECK-SAME: %[[X:.*]]: tensor<2x3xi8>
// CHECK-NEXT: return %[[X]]
func.func @unchanged(%x: tensor<2x3xi8>) -> tensor<2x3xi8> {{
  return %x : tensor<2x3xi8>
}}
"""


def camel_case(words):
    return "".join(word.capitalize() for word in re.split("[-_]", words))


def add_tablegen_entry(text, entry):
    """Puts the entry last, before the include guard's end."""
    head, guard, tail = text.rpartition("#endif")
    if not guard:
        sys.exit("new-pass.py: Passes.td has no #endif to put the pass before")
    return head + entry + guard + tail


def add_source(text, file):
    """Puts the file into the alphabetic list of the library's sources."""
    match = re.search(r"\(SmeltTernaryTransforms\n((?:  \w+\.cpp\n?)+)", text)
    if not match:
        sys.exit("new-pass.py: CMakeLists.txt has no list of SmeltTernaryTransforms")
    files = sorted([*match.group(1).split(), file])
    end = "\n" if match.group(1).endswith("\n") else ""
    listed = "\n".join(f"  {each}" for each in files) + end
    return text[: match.start(1)] + listed + text[match.end(1) :]


def plan(root, name, summary, op):
    """The new contents of each file."""
    stem = camel_case(name.removeprefix("ternary-"))
    cls = f"Ternary{stem}"
    file = f"{stem}.cpp"
    dashes = "-" * (80 - len(f"//===- {file} *- C++ -*-===//"))
    values = {
        "banner": f"//===- {file} {dashes}*- C++ -*-===//",
        "name": name,
        "summary": summary.rstrip("."),
        "stem": stem,
        "cls": cls,
        "upper": cls.upper(),
        "op": f"{camel_case(op)}Op",
    }
    tablegen = root / "include/smelt" / TRANSFORMS / "Passes.td"
    cmake = root / "lib" / TRANSFORMS / "CMakeLists.txt"
    source = root / "lib" / TRANSFORMS / file
    test_name = name.removeprefix("ternary-") + ".mlir"
    test = root / "test" / TRANSFORMS / test_name
    text = tablegen.read_text()
    if f'"{name}"' in text or source.exists() or test.exists():
        sys.exit(f"new-pass.py: there is a pass '{name}' already")
    return {
        tablegen: add_tablegen_entry(text, TABLEGEN.format(**values)),
        cmake: add_source(cmake.read_text(), file),
        source: SOURCE.format(**values),
        test: TEST.format(**values),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", help="such as ternary-merge-sign")
    parser.add_argument("--summary", required=True, help="one imperative line")
    parser.add_argument("--op", default="relu", help="the op that the pattern matches")
    parser.add_argument(
        "--root", type=Path, default=Path(__file__).resolve().parent.parent
    )
    arguments = parser.parse_args()
    if not re.fullmatch(r"ternary(-[a-z][a-z0-9]*)+", arguments.name):
        parser.error(f"'{arguments.name}' is not a name such as ternary-merge-sign")
    if '"' in arguments.summary or "\n" in arguments.summary:
        parser.error("the summary is one line without quotation marks")

    files = plan(arguments.root, arguments.name, arguments.summary, arguments.op)
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        print(path.relative_to(arguments.root))


if __name__ == "__main__":
    main()
